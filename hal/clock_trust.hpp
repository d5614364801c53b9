#pragma once

#include <optional>

#include "relay/base/time.hpp"

namespace hal {

/// What the machine itself knows of its wall clock.
struct ClockFacts {
  bool synchronised = false;                 ///< A time service steers it (adjtimex(2): STA_UNSYNC is clear).
  std::optional<relay::Millis> error_bound;  ///< By how much it may be wrong, with `synchronised`.
  /// When a time service last set it, by the clock itself; nothing: none has since the machine started, or none tells.
  std::optional<relay::WallTime> last_set;
  /// False: nobody here can say whether a time service is at work (a sandbox forbids to ask the kernel, and there is no
  /// service that tells otherwise).
  bool can_tell = true;
  bool has_battery_clock = false;
  /// The battery clock's reading; nothing: there is none, or it cannot be read.
  std::optional<relay::WallTime> battery_clock;
  bool set_from_battery_clock = false;  ///< The kernel took the time from it when it started.

  /// `now` is the wall clock's reading. Time services ask at least every 34 minutes (systemd-timesyncd's longest
  /// interval); hours without an answer mean that none is heard any more.
  [[nodiscard]] bool follows_time_server(relay::WallTime now) const {
    constexpr relay::Millis longest_silence{3LL * 3'600'000};
    constexpr relay::Millis after_its_time{60'000};  // somebody has set the clock back since
    if (synchronised) return true;
    return last_set && now - *last_set <= longest_silence && *last_set - now <= after_its_time;
  }
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
