#pragma once

#include <optional>

#include "relay/base/time.hpp"

namespace hal {

/// What the machine itself knows of its wall clock.
struct ClockFacts {
  bool synchronised = false;                 ///< A time service steers it (adjtimex(2): STA_UNSYNC is clear).
  std::optional<relay::Millis> error_bound;  ///< By how much it may be wrong, with `synchronised`.
  bool has_battery_clock = false;
  /// The battery clock's reading; nothing: there is none, or it cannot be read.
  std::optional<relay::WallTime> battery_clock;
  bool set_from_battery_clock = false;  ///< The kernel took the time from it when it started.
};

/// Whether the wall clock may be believed, as far as the machine itself can tell. What others say of the time (modem,
/// bridge) is not this port's.
class ClockTrust {
 public:
  virtual ~ClockTrust() = default;
  /// As of now. Never fails: what cannot be found out is not claimed.
  [[nodiscard]] virtual ClockFacts facts() = 0;
};

}  // namespace hal
