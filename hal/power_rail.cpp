#include "hal/power_rail.hpp"

#include <utility>

namespace hal {

using relay::ErrorCode;
using relay::fail;
using relay::Millis;
using relay::Result;
using relay::Task;

Result<std::unique_ptr<PowerRail>> PowerRail::take(relay::Runtime runtime, GpioLines& gpio, const Lines& lines) {
  std::unique_ptr<PowerRail> rail(new PowerRail(runtime));
  if (lines.power_key) {
    auto line = gpio.output(*lines.power_key);
    if (!line) return std::unexpected(line.error());
    rail->power_key_ = std::move(*line);
  }
  if (lines.reset) {
    auto line = gpio.output(*lines.reset);
    if (!line) return std::unexpected(line.error());
    rail->reset_ = std::move(*line);
  }
  return rail;
}

bool PowerRail::can_cycle(const PowerTimes& times) const {
  return power_key_ || (reset_ && times.reset_pulse > Millis{0});
}

Task<Result<void>> PowerRail::cycle(PowerTimes times) {
  if (reset_ && times.reset_pulse > Millis{0}) {
    auto done = co_await pulse(*reset_, times.reset_pulse);
    if (!done) co_return done;
  } else if (power_key_) {
    auto off = co_await pulse(*power_key_, times.off_pulse);
    if (!off) co_return off;
    co_await relay::sleep_for(runtime_, times.off_wait);
    auto on = co_await pulse(*power_key_, times.on_pulse);
    if (!on) co_return on;
  } else {
    co_return fail(ErrorCode::unavailable, "this board has no line to the modem's power that this modem allows");
  }
  co_return Result<void>{};
}

Task<Result<void>> PowerRail::pulse(GpioOutput& line, Millis length) {
  // Also when the daemon stops in the middle: a key that stays pressed would keep the module off for ever.
  struct Release {
    GpioOutput& line;
    bool released = false;
    ~Release() {
      if (!released) (void)line.set(false);
    }
  } release{line};
  if (auto pressed = line.set(true); !pressed) co_return pressed;
  co_await relay::sleep_for(runtime_, length);
  release.released = true;
  co_return line.set(false);
}

}  // namespace hal
