#include "relay/message/vocabulary.hpp"

#include <cstddef>

namespace relay {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<ClassPolicy, 5> policies{{
    // alarm: the next provider after at most 10 s, at most 3 copies, a copy says that it is one
    {.lane = Lane::alarm,
     .order = MessageOrder::none,
     .max_copies = 3,
     .max_attempts = 200,
     .default_expiry = hours{4},
     .attempt_budget = seconds{10},
     .unknown_settle = seconds{0},
     .resend_after_unknown = true,
     .mark_repeat = true,
     .resend_needs_life = seconds{0},
     .next_on_throttle = true},
    {.lane = Lane::otp,
     .order = MessageOrder::newest_per_recipient,
     .max_copies = 2,
     .max_attempts = 20,
     .default_expiry = minutes{5},
     .attempt_budget = seconds{10},
     .unknown_settle = seconds{5},
     .resend_after_unknown = true,
     .mark_repeat = false,
     .resend_needs_life = seconds{60},
     .next_on_throttle = true},
    {.lane = Lane::rest,
     .order = MessageOrder::fifo_per_recipient,
     .max_copies = 1,
     .max_attempts = 100,
     .default_expiry = Millis{0},
     .attempt_budget = seconds{30},
     .unknown_settle = minutes{15},
     .resend_after_unknown = false,
     .mark_repeat = false,
     .resend_needs_life = seconds{0},
     .next_on_throttle = false},
    {.lane = Lane::rest,
     .order = MessageOrder::fifo_per_recipient,
     .max_copies = 2,
     .max_attempts = 100,
     .default_expiry = hours{24},
     .attempt_budget = seconds{30},
     .unknown_settle = minutes{15},
     .resend_after_unknown = true,
     .mark_repeat = false,
     .resend_needs_life = seconds{0},
     .next_on_throttle = true},
    {.lane = Lane::rest,
     .order = MessageOrder::fifo_per_recipient,
     .max_copies = 2,
     .max_attempts = 100,
     .default_expiry = hours{24},
     .attempt_budget = seconds{30},
     .unknown_settle = minutes{15},
     .resend_after_unknown = true,
     .mark_repeat = false,
     .resend_needs_life = seconds{0},
     .next_on_throttle = false},
}};

constexpr std::array<std::string_view, 3> channel_names{"sms", "whatsapp", "email"};
constexpr std::array<std::string_view, 4> media_names{"image", "document", "audio", "video"};
constexpr std::array<std::string_view, 5> class_names{"alarm", "otp", "once", "info", "bulk"};
constexpr std::array<std::string_view, state_count> state_names{
    "queued", "sending", "sent", "delivered", "failed", "expired", "blocked", "cancelled", "unconfirmed", "unknown"};
constexpr std::array<std::string_view, outcome_count> outcome_names{
    "accepted", "refused", "recipient_refused", "account", "throttled", "unavailable", "unknown"};
constexpr std::array<std::string_view, 2> encoding_names{"gsm7", "ucs2"};
constexpr std::array<std::string_view, 4> receipt_names{"pending", "delivered", "failed", "unknown"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

const ClassPolicy& policy_of(MessageClass message_class) { return policies[static_cast<std::size_t>(message_class)]; }

std::string_view name_of(Channel v) { return channel_names[static_cast<std::size_t>(v)]; }
std::string_view name_of(MediaKind v) { return media_names[static_cast<std::size_t>(v)]; }
std::string_view name_of(MessageClass v) { return class_names[static_cast<std::size_t>(v)]; }
std::string_view name_of(State v) { return state_names[static_cast<std::size_t>(v)]; }
std::string_view name_of(Outcome v) { return outcome_names[static_cast<std::size_t>(v)]; }
std::string_view name_of(TextEncoding v) { return encoding_names[static_cast<std::size_t>(v)]; }
std::string_view name_of(ReceiptStatus v) { return receipt_names[static_cast<std::size_t>(v)]; }

std::optional<Channel> parse_channel(std::string_view name) { return parse<Channel>(channel_names, name); }
std::optional<MediaKind> parse_media_kind(std::string_view name) { return parse<MediaKind>(media_names, name); }
std::optional<MessageClass> parse_message_class(std::string_view name) {
  return parse<MessageClass>(class_names, name);
}
std::optional<State> parse_state(std::string_view name) { return parse<State>(state_names, name); }

}  // namespace relay
