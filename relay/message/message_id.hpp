#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/random.hpp"
#include "relay/base/time.hpp"

namespace relay {

/// Identifies a message on this box. Time-ordered and 63 bits: it is SQLite's row id, so that the newest messages share
/// pages (docs/decisions/0003-message-ids.md). Ids are given in commit order: a smaller id was accepted earlier.
struct MessageId {
  std::int64_t value = 0;

  auto operator<=>(const MessageId&) const = default;

  /// 13 characters of Crockford's base 32, lower case, sorting as the ids do: "0dwpm3vq8k2ae".
  [[nodiscard]] std::string text() const;
  /// When it was given, on the timeline.
  [[nodiscard]] TimelineTime time() const;
  [[nodiscard]] static std::optional<MessageId> parse(std::string_view text);
};

/// Gives strictly growing ids: 42 bits of milliseconds since 2020-01-01 on the timeline, 21 bits that start at random
/// and count up.
class MessageIdGenerator {
 public:
  /// `last` is the greatest id ever stored (0 on a new box).
  MessageIdGenerator(MessageId last, Random& random) : last_(last.value), random_(random) {}
  [[nodiscard]] MessageId next(TimelineTime now);

 private:
  std::int64_t last_;
  Random& random_;
};

}  // namespace relay
