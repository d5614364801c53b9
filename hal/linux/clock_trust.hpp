#pragma once

#include <functional>
#include <string>
#include <utility>

#include "hal/clock_trust.hpp"

struct timex;

namespace hal {

/// By adjtimex(2), which needs no privilege to be read; where a sandbox forbids it all the same (ProtectClock= of
/// systemd), by the file that systemd-timesyncd touches each time it has set the clock (systemd-timesyncd.service(8)).
/// And by /sys/class/rtc.
class LinuxClockTrust final : public ClockTrust {
 public:
  /// `sys`: where sysfs is; `timesync`: systemd-timesyncd's folder; `read_kernel_clock`: adjtimex(2). Others in tests.
  explicit LinuxClockTrust(std::string sys = "/sys", std::string timesync = "/run/systemd/timesync",
                           std::function<int(timex&)> read_kernel_clock = {});
  [[nodiscard]] ClockFacts facts() override;

 private:
  std::string sys_;
  std::string timesync_;
  std::function<int(timex&)> read_kernel_clock_;
};

}  // namespace hal
