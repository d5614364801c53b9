#pragma once

#include <string>

#include "relay/base/time.hpp"

namespace relay {

/// 2025-01-01: before this project had a release. A clock that nobody has set shows 1970, or when its chip was made.
inline constexpr auto first_plausible_wall = from_ms<WallTime>(1'735'689'600'000);

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
