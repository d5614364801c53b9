#pragma once

#include <optional>
#include <string_view>

#include "firmware/modem/at/lines.hpp"
#include "relay/base/time.hpp"
#include "relay/message/vocabulary.hpp"

namespace at {

/// What the end of one AT+CMGS means for the message and for the modem.
struct SendOutcome {
  relay::Outcome outcome = relay::Outcome::unknown;
  std::string_view meaning;                  ///< "no network service"; never empty.
  std::optional<relay::Millis> retry_after;  ///< With `throttled`.
  bool restart_session = false;  ///< The modem has lost its settings or its head: run the start sequence again.
};

/// Decides, by the table of facts/modem.md 6. `submitted`: the 0x1A was out. `waited`: from the 0x1A to the answer:
/// after a long silence an error may hide an acceptance (the acknowledgement was lost on the air), so it is `unknown`.
[[nodiscard]] SendOutcome outcome_of(const Final& final, bool submitted, relay::Millis waited);

/// From here on a vague error counts as late (the phone's own TR1M is 35-45 s: 24.011 clause 10).
inline constexpr relay::Millis late_answer{30'000};

}  // namespace at
