#pragma once

#include <string>

#include "relay/base/time.hpp"

namespace relay {

/// The clock seam. Product code reads time here and nowhere else (tools/lint/traps), so that the simulator owns time.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  /// Changes at each boot of the machine, and only then. Steady times are comparable within one boot id.
  [[nodiscard]] virtual std::string boot_id() const = 0;
};

}  // namespace relay
