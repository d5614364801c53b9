#pragma once

#include <functional>
#include <string>
#include <utility>

#include "hal/clock_trust.hpp"

struct timex;

namespace hal {

/// By adjtimex(2), which needs no privilege to be read, and /sys/class/rtc.
class LinuxClockTrust final : public ClockTrust {
 public:
  /// `sys`: where sysfs is; `read_kernel_clock`: adjtimex(2). Others in tests.
  explicit LinuxClockTrust(std::string sys = "/sys", std::function<int(timex&)> read_kernel_clock = {});
  [[nodiscard]] ClockFacts facts() override;

 private:
  std::string sys_;
  std::function<int(timex&)> read_kernel_clock_;
};

}  // namespace hal
