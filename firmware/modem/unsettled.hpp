#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/time.hpp"
#include "relay/message/message_id.hpp"

namespace modem {

/// A part that was handed to the modem and that nobody has heard of again.
struct UnsettledPart {
  relay::MessageId message;
  std::int32_t attempt = 0;
  bool marked = false;  ///< Text with the mark of a repeat: other parts than those without.
  std::string recipient_digits;
  std::size_t part = 0;
  std::size_t total = 1;
  std::vector<std::string> refs;    ///< Of the parts before it.
  std::optional<int> expected_ref;  ///< What the modem's counter would have called it.
  std::optional<int> stored_at;     ///< Its place in the modem's store, with store-then-send.
  relay::SteadyTime since{};
};

/// The parts whose outcome is unknown, to be settled by what comes later: a late answer, a delivery report, the state
/// of the stored message. In memory only: after a restart of the daemon the dispatcher's rules decide. Pure.
class UnsettledParts {
 public:
  static constexpr std::size_t max_parts = 64;  ///< One more forgets the oldest.
  static constexpr relay::Millis longest{24 * 3'600'000};

  /// A part is handed to the modem; its end follows.
  void note_begin(std::string_view recipient_digits) { under_way_ = recipient_digits; }
  /// Each part's end, in order, before add(): the reference that the modem told, if it was accepted.
  void note_end(std::string_view recipient_digits, std::optional<int> ref);
  /// Right after its note_end(). `expected_ref` is set here.
  void add(UnsettledPart part);
  /// "+CMGS: <ref>" that came after its time: it is about the last one.
  [[nodiscard]] std::optional<UnsettledPart> take_last(relay::SteadyTime now);
  /// A delivery report for a reference that no accepted send has. Taken only when it can be about one part alone: the
  /// one to this recipient whose reference the modem's counter foretold. A wrong guess would tell an application that a
  /// message was delivered that nobody ever got.
  [[nodiscard]] std::optional<UnsettledPart> take_reported(std::string_view recipient_digits, int ref,
                                                           relay::SteadyTime now);
  /// The next one that lies in the modem's store.
  [[nodiscard]] std::optional<UnsettledPart> take_stored();
  [[nodiscard]] bool any_stored() const;
  /// Another SIM or modem: nothing about the old one will be heard again.
  void forget() { *this = UnsettledParts{}; }
  [[nodiscard]] std::size_t size() const { return parts_.size(); }

 private:
  std::deque<UnsettledPart> parts_;        ///< Oldest first.
  std::string under_way_;                  ///< Recipient of the part that the modem has now.
  std::array<std::string, 256> accepted_;  ///< Recipient of the last accepted send by reference.
  std::optional<int> last_ref_;            ///< Of the last part, if it was accepted.
  std::optional<int> ref_before_;          ///< Of the one before it.
};

/// Which parts of long messages the service centre has, so that a repeat sends the others only, under the same
/// concatenation reference: operators and phones drop the rest of a message whose part comes twice, or charge for it.
/// Pure.
class PartsSent {
 public:
  static constexpr std::size_t max_messages = 64;  ///< One more forgets the oldest.

  /// References of the parts that are out, by part; empty: not out. "?" where the modem told none.
  using Refs = std::vector<std::string>;
  [[nodiscard]] Refs of(relay::MessageId message, bool marked, std::size_t total) const;
  void note(relay::MessageId message, bool marked, std::size_t total, std::size_t part, std::string ref);
  void forget(relay::MessageId message);
  [[nodiscard]] bool knows(relay::MessageId message) const;

 private:
  using Key = std::pair<relay::MessageId, bool>;
  std::deque<std::pair<Key, Refs>> messages_;  ///< Oldest first.
};

}  // namespace modem
