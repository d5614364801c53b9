#pragma once

#include <string>
#include <utility>

#include "hal/thermometer.hpp"

namespace hal {

/// The kernel's thermal zones (/sys/class/thermal).
class LinuxThermometer final : public Thermometer {
 public:
  /// `sys`: where sysfs is; another folder in tests.
  explicit LinuxThermometer(std::string sys = "/sys") : sys_(std::move(sys)) {}
  [[nodiscard]] relay::Result<double> celsius(const std::string& zone) override;

 private:
  std::string sys_;
};

}  // namespace hal
