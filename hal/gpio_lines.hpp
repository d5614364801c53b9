#pragma once

#include <memory>
#include <string>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace hal {

/// One line of a GPIO chip. Chips are told by their label, as gpiodetect(1) shows it: it stays, while their numbers
/// depend on the order in which drivers start.
struct GpioAddress {
  std::string chip;         ///< "pinctrl-bcm2711"
  int line = 0;             ///< Offset in that chip, 0 or more.
  bool active_low = false;  ///< Asserted at 0 V.
};

/// An output that is ours until this goes.
class GpioOutput {
 public:
  virtual ~GpioOutput() = default;
  /// Errors: io.
  [[nodiscard]] virtual relay::Result<void> set(bool asserted) = 0;
};

/// An input that is ours until this goes.
class GpioInput {
 public:
  virtual ~GpioInput() = default;
  /// Its level now. Errors: io.
  [[nodiscard]] virtual relay::Result<bool> asserted() = 0;
  /// Waits until the level has changed; a change since the last call is told at once, several as one. Contacts bounce:
  /// that is the caller's business. Errors: io, cancelled (by asio cancellation).
  [[nodiscard]] virtual relay::Task<relay::Result<void>> changed() = 0;
};

/// The lines of this board.
class GpioLines {
 public:
  virtual ~GpioLines() = default;
  /// Takes the line, not asserted. Errors: not_found (no such chip or line), unavailable (somebody else has it), io.
  [[nodiscard]] virtual relay::Result<std::unique_ptr<GpioOutput>> output(const GpioAddress& address) = 0;
  /// Takes the line, pulled to its idle level where the chip can do that. Errors: as output().
  [[nodiscard]] virtual relay::Result<std::unique_ptr<GpioInput>> input(const GpioAddress& address) = 0;
};

}  // namespace hal
