#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "relay/base/time.hpp"

/// The words of the contract of delivery (docs/architecture.md, "Delivery"). The numbers are stored: never renumber.
namespace relay {

enum class Channel : std::uint8_t { sms = 0, whatsapp = 1, email = 2 };

enum class MediaKind : std::uint8_t { image = 0, document = 1, audio = 2, video = 3 };

enum class MessageClass : std::uint8_t { alarm = 0, otp = 1, once = 2, info = 3, bulk = 4 };
inline constexpr std::array all_message_classes{MessageClass::alarm, MessageClass::otp, MessageClass::once,
                                                MessageClass::info, MessageClass::bulk};

/// Who is served first: alarm strictly, then otp, then the rest by weighted fairness between applications.
enum class Lane : std::uint8_t { alarm = 0, otp = 1, rest = 2 };

enum class State : std::uint8_t {
  queued = 0,
  sending = 1,  ///< An attempt is journalled and its outcome is not.
  sent = 2,     ///< A provider accepted it; its receipt is awaited.
  delivered = 3,
  failed = 4,
  expired = 5,
  blocked = 6,  ///< By policy or opt-out.
  cancelled = 7,
  unconfirmed = 8,  ///< A provider accepted it, no receipt came within the receipt window.
  unknown = 9,      ///< It may have been sent; nobody confirmed.
};
inline constexpr int state_count = 10;

[[nodiscard]] constexpr bool is_final(State state) { return state >= State::delivered; }

/// What one attempt came to, decided once, in the dialect that heard the answer.
enum class Outcome : std::uint8_t {
  accepted = 0,           ///< The provider took it.
  refused = 1,            ///< This provider can never carry this message; nothing was sent.
  recipient_refused = 2,  ///< Opted out, not a number, blocked: no provider should try.
  account = 3,            ///< Credentials, funds, suspension, missing registration; nothing was sent.
  throttled = 4,          ///< Nothing was sent; wait.
  unavailable = 5,        ///< Certainly nothing was sent.
  unknown = 6,            ///< May have been sent.
};
inline constexpr int outcome_count = 7;

/// What a provider's later word says of an accepted attempt.
enum class ReceiptStatus : std::uint8_t { pending = 0, delivered = 1, failed = 2, unknown = 3 };

/// How the text of an SMS goes out; what the API tells before and after.
enum class TextEncoding : std::uint8_t { gsm7 = 0, ucs2 = 1 };

enum class MessageOrder : std::uint8_t {
  none,                 ///< Nothing is held back.
  fifo_per_recipient,   ///< Not before its predecessor to the same recipient is accepted, final or unknown.
  newest_per_recipient  ///< A newer one replaces older ones that are still queued.
};

/// The facts of a class of service.
struct ClassPolicy {
  Lane lane;
  MessageOrder order;
  int max_copies;             ///< Bound on acceptances plus unknowns, so on what a person can receive.
  int max_attempts;           ///< Bound on journalled attempts (I10): copies are few, refusals and retries count too.
  Millis default_expiry;      ///< 0: the application must set one.
  Millis attempt_budget;      ///< Time one provider gets for one attempt.
  Millis unknown_settle;      ///< After `unknown`: how long to look for proof before the class's next step.
  bool resend_after_unknown;  ///< false: ends in State::unknown for a person to decide.
  bool mark_repeat;           ///< A copy after an unknown says that it is a repeat.
  Millis resend_needs_life;   ///< A resend after `unknown` only if this much time is left until expiry.
  bool next_on_throttle;      ///< throttled: try the next provider at once, rather than wait.
};

[[nodiscard]] const ClassPolicy& policy_of(MessageClass message_class);

[[nodiscard]] std::string_view name_of(Channel);
[[nodiscard]] std::string_view name_of(MediaKind);
[[nodiscard]] std::string_view name_of(MessageClass);
[[nodiscard]] std::string_view name_of(State);
[[nodiscard]] std::string_view name_of(Outcome);
[[nodiscard]] std::string_view name_of(TextEncoding);
[[nodiscard]] std::string_view name_of(ReceiptStatus);

[[nodiscard]] std::optional<Channel> parse_channel(std::string_view);
[[nodiscard]] std::optional<MediaKind> parse_media_kind(std::string_view);
[[nodiscard]] std::optional<MessageClass> parse_message_class(std::string_view);
[[nodiscard]] std::optional<State> parse_state(std::string_view);

}  // namespace relay
