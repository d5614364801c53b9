#pragma once

#include <string>

#include "relay/base/result.hpp"

namespace hal {

/// The temperature sensors of the machine.
class Thermometer {
 public:
  virtual ~Thermometer() = default;
  /// In degrees Celsius. `zone` as the kernel calls it ("cpu-thermal"); empty: the machine's first. Errors: not_found
  /// (no such sensor, or none at all), io (it does not answer now).
  [[nodiscard]] virtual relay::Result<double> celsius(const std::string& zone) = 0;
};

}  // namespace hal
