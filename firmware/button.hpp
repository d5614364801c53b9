#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "hal/gpio_lines.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace firmware {

/// The button of the box: whoever presses it stands in front of it.
class Button {
 public:
  /// A level counts when it has held for so long: contacts bounce.
  static constexpr relay::Millis settling{30};
  /// From here on it is held, not pressed: nobody does that by accident.
  static constexpr relay::Millis long_hold{10'000};

  struct Listeners {
    std::function<void()> pressed;  ///< It was pressed and let go before `long_hold`.
    std::function<void()> held;     ///< It has been held for `long_hold`, and still is.
  };
  Button(relay::Runtime runtime, std::unique_ptr<hal::GpioInput> line, Listeners listeners);

  /// Until it is cancelled, or the line cannot be used (which is logged).
  [[nodiscard]] relay::Task<> run();

 private:
  [[nodiscard]] relay::Task<relay::Result<bool>> settled();
  [[nodiscard]] relay::Task<relay::Result<bool>> settled_by(std::optional<relay::SteadyTime> limit, bool wanted);

  relay::Runtime runtime_;
  std::unique_ptr<hal::GpioInput> line_;
  Listeners listeners_;
};

}  // namespace firmware
