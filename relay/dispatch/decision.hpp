#pragma once

#include <optional>
#include <string_view>

#include "relay/base/time.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay::dispatch {

/// What is known when an attempt has ended.
struct Ended {
  MessageClass message_class = MessageClass::info;
  Outcome outcome = Outcome::unknown;
  int attempts = 1;               ///< Journalled so far, this one included.
  int copies = 0;                 ///< Accepted or unknown before this one.
  Millis life_left{};             ///< Until expiry; not above 0: expired.
  bool receipt_expected = false;  ///< accepted: a receipt can come.
  Millis receipt_window{};
  bool next_provider_now = false;  ///< Another provider of the chain could take the message at once.
  bool provider_left = false;      ///< Some provider has not refused the message for good.
  std::optional<Millis> retry_after;
  bool opted_out = false;  ///< recipient_refused: the person said STOP.
  Millis back_off{};       ///< What the retry policy says for the next pass.
};

/// What the message does next.
struct Decision {
  State next = State::queued;
  std::string_view reason;        ///< A stable word; empty when there is nothing to say.
  Millis delay{};                 ///< queued: not before now + delay. sent: the receipt window.
  bool exclude_for_pass = false;  ///< This provider is not asked again in this pass.
  bool exclude_for_good = false;  ///< Nor ever for this message.
  bool hold_provider = false;     ///< Nothing to this provider for `retry_after`.
};

/// The outcome table of the contract of delivery, in one place (docs/delivery.md).
[[nodiscard]] Decision decide(const Ended& ended);

/// Why a message of unknown outcome waits in the queue: proof may come (ClassPolicy::unknown_settle).
inline constexpr std::string_view settling = "settling";

/// A message that waits after an `unknown` attempt has come to the end of its settle time (or to its next turn): may
/// another copy go out? Empty: yes; else the reason why it ends as State::unknown.
[[nodiscard]] std::optional<std::string_view> refuses_copy(MessageClass message_class, int copies, Millis life_left);

/// How a queued message ends whose time is over: State::expired, or State::unknown if a copy of it may be out.
[[nodiscard]] constexpr State expired_state(int copies) { return copies > 0 ? State::unknown : State::expired; }

/// And one whose recipient has opted out.
[[nodiscard]] constexpr State blocked_state(int copies) { return copies > 0 ? State::unknown : State::blocked; }

}  // namespace relay::dispatch
