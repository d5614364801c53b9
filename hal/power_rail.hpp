#pragma once

#include <memory>
#include <optional>

#include "hal/gpio_lines.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace hal {

/// How long the lines to a module are held, and how long it takes (facts of the module: its profile has them).
struct PowerTimes {
  relay::Millis on_pulse{1000};
  relay::Millis off_pulse{1500};
  relay::Millis off_wait{5000};      ///< From the end of the off pulse until it is off.
  relay::Millis reset_pulse{0};      ///< 0: the reset line must not be used.
  relay::Millis ready_wait{15'000};  ///< From power to an answer.
};

/// The lines of a board to its modem: a power key, whose pulse switches the module on or off, and a reset line. Owns
/// them for as long as it lives, and lets go of both whatever ends a pulse.
class PowerRail {
 public:
  struct Lines {
    std::optional<GpioAddress> power_key;
    std::optional<GpioAddress> reset;
  };

  /// Takes the lines, not asserted. Errors: as GpioLines::output.
  [[nodiscard]] static relay::Result<std::unique_ptr<PowerRail>> take(relay::Runtime runtime, GpioLines& gpio,
                                                                      const Lines& lines);

  /// Whether cycle() has a line to use.
  [[nodiscard]] bool can_cycle(const PowerTimes& times) const;
  /// Brings a module that does not answer back: by its reset line where it may be used, since a pulse on the power key
  /// toggles, and nobody knows what a silent module is; else off and on by the power key. It answers
  /// `ready_wait` later. Errors: unavailable (no line), io.
  [[nodiscard]] relay::Task<relay::Result<void>> cycle(PowerTimes times);

 private:
  explicit PowerRail(relay::Runtime runtime) : runtime_(runtime) {}
  [[nodiscard]] relay::Task<relay::Result<void>> pulse(GpioOutput& line, relay::Millis length);

  relay::Runtime runtime_;
  std::unique_ptr<GpioOutput> power_key_;
  std::unique_ptr<GpioOutput> reset_;
};

}  // namespace hal
