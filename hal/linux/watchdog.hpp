#pragma once

#include <string>
#include <utility>

#include "hal/watchdog.hpp"

namespace hal {

/// /sys/class/watchdog of the kernel (CONFIG_WATCHDOG_SYSFS, which Debian's kernels have).
class LinuxWatchdog final : public Watchdog {
 public:
  /// `sys`: where sysfs is; another folder in tests.
  explicit LinuxWatchdog(std::string sys = "/sys") : sys_(std::move(sys)) {}
  [[nodiscard]] relay::Result<WatchdogState> look(const std::string& device) override;

 private:
  std::string sys_;
};

}  // namespace hal
