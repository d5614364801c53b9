#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/modem/tpdu/user_data.hpp"
#include "relay/base/time.hpp"

namespace tpdu {

/// Joins texts in order; surrogate halves that meet at a seam become one character.
[[nodiscard]] std::u32string join_parts(std::span<const std::u32string> parts);

/// One received part of a text message.
struct InboundPart {
  std::string sender;
  std::optional<Concatenation> concatenation;  ///< None: the part is the whole message.
  std::u32string text;                         ///< Of data: its octets.
  bool is_data = false;                        ///< Texts and data are never joined with each other.
  std::int64_t tag = 0;  ///< The caller's own, for instance the row that keeps the part; given back with the message.
};

struct InboundMessage {
  std::string sender;
  std::string text;  ///< UTF-8; each run of missing parts stands as "[…]". Empty for data.
  std::string data;  ///< Octets; those of missing parts are left out.
  bool is_data = false;
  bool complete = true;            ///< false: the rest did not come in time.
  std::vector<int> missing;        ///< Sequence numbers that are not in it.
  std::vector<std::int64_t> tags;  ///< Of the parts in it, by sequence number.
};

/// Puts concatenated messages together. Pure: time is passed in. A set is keyed by sender, reference, width of the
/// reference and total. Not durable: the caller keeps the parts and adds them again after a restart.
class Reassembler {
 public:
  struct Limits {
    std::size_t open_sets = 64;                          ///< One more gives up the oldest, as if its time were over.
    std::size_t closed_sets = 256;                       ///< Remembered, so that a late or repeated part is recognised.
    relay::Millis set_timeout = std::chrono::hours{24};  ///< From the first part.
    relay::Millis late_part_window =
        std::chrono::hours{168};  ///< After a time-out: a missing part is given as a fragment.
    /// The same text under a known sequence number is a new message after this, once its first one is complete.
    relay::Millis repeat_window = std::chrono::minutes{10};
  };
  struct Added {
    bool repeated = false;                 ///< The part was there already: nothing to keep.
    std::vector<InboundMessage> messages;  ///< Completed or, at the bound of open sets, given up by this part.
  };

  Reassembler() : Reassembler(Limits{}) {}
  explicit Reassembler(Limits limits) : limits_(limits) {}

  [[nodiscard]] Added add(InboundPart part, relay::TimelineTime now);
  /// What ran out of time, oldest first.
  [[nodiscard]] std::vector<InboundMessage> expire(relay::TimelineTime now);
  /// When `expire` next has something to give.
  [[nodiscard]] std::optional<relay::TimelineTime> next_expiry() const;
  [[nodiscard]] std::size_t open_sets() const { return open_.size(); }

 private:
  struct Key {
    std::string sender;
    int ref;
    int ref_bits;
    int total;
    bool is_data;
    auto operator<=>(const Key&) const = default;
  };
  struct Part {
    std::u32string text;
    std::int64_t tag;
  };
  struct OpenSet {
    relay::TimelineTime first_at;
    relay::TimelineTime last_at;
    std::map<int, Part> parts;
  };
  struct ClosedSet {
    relay::TimelineTime closed_at;
    std::map<int, std::size_t> text_hashes;  ///< By sequence number.
  };

  [[nodiscard]] static InboundMessage single(InboundPart part);
  [[nodiscard]] static InboundMessage message_of(const Key& key, const std::map<int, Part>& parts);
  [[nodiscard]] std::optional<Added> add_to_closed(std::map<Key, ClosedSet>::iterator closed, int seq, const Part& part,
                                                   relay::TimelineTime now);
  [[nodiscard]] Added add_to_open(const Key& key, int seq, Part part, relay::TimelineTime now);
  [[nodiscard]] InboundMessage close(std::map<Key, OpenSet>::iterator open, relay::TimelineTime now);
  [[nodiscard]] std::map<Key, OpenSet>::iterator oldest_open();

  Limits limits_;
  std::map<Key, OpenSet> open_;
  std::map<Key, ClosedSet> closed_;
};

}  // namespace tpdu
