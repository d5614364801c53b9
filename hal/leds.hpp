#pragma once

#include <string>

#include "relay/base/result.hpp"

namespace hal {

/// The lamps of the board that programs may use.
class Leds {
 public:
  virtual ~Leds() = default;
  /// `name` as the board calls it ("ACT"). The first call takes the lamp from whatever else drives it (disk activity,
  /// heartbeat). Errors: not_found (no such lamp), io.
  [[nodiscard]] virtual relay::Result<void> light(const std::string& name, bool on) = 0;
};

}  // namespace hal
