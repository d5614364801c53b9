#include "relay/message/message_id.hpp"

#include <algorithm>

namespace relay {
namespace {

constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t text_length = 13;  // 13 x 5 bits = 65 bits, the top two always 0
constexpr std::int64_t epoch_2020_ms = 1'577'836'800'000;
constexpr unsigned counter_bits = 21;
constexpr std::int64_t max_time = (std::int64_t{1} << 42U) - 1;

}  // namespace

std::string MessageId::text() const {
  std::string out(text_length, '0');
  auto rest = static_cast<std::uint64_t>(value);
  for (std::size_t i = text_length; i-- > 0;) {
    out[i] = alphabet[rest & 31U];
    rest >>= 5U;
  }
  return out;
}

TimelineTime MessageId::time() const { return from_ms<TimelineTime>((value >> counter_bits) + epoch_2020_ms); }

std::optional<MessageId> MessageId::parse(std::string_view text) {
  if (text.size() != text_length || text[0] > '7') return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = (value << 5U) | digit;
  }
  if (value == 0 || value > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return MessageId{static_cast<std::int64_t>(value)};
}

MessageId MessageIdGenerator::next(TimelineTime now) {
  const std::int64_t time = std::clamp<std::int64_t>(to_ms(now) - epoch_2020_ms, 0, max_time);
  // The random start leaves the upper half of the counter free, so that a burst within one millisecond does not run
  // ahead of time.
  const auto start = static_cast<std::int64_t>(random_.below(std::uint64_t{1} << (counter_bits - 1)));
  last_ = std::max(last_ + 1, (time << counter_bits) | start);
  return MessageId{last_};
}

}  // namespace relay
