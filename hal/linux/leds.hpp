#pragma once

#include <set>
#include <string>

#include "hal/leds.hpp"

namespace hal {

/// /sys/class/leds of the kernel.
class LinuxLeds final : public Leds {
 public:
  /// `sys`: where sysfs is; another folder in tests.
  explicit LinuxLeds(std::string sys = "/sys") : sys_(std::move(sys)) {}
  [[nodiscard]] relay::Result<void> light(const std::string& name, bool on) override;

 private:
  std::string sys_;
  std::set<std::string> taken_;
};

}  // namespace hal
