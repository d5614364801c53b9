#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "hal/leds.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace firmware {

/// Shows the state of the box by one lamp, as the console's prompt does in a word (docs/console.md):
///
///     OK     one short flash every two seconds
///     DEG    two short flashes every two seconds
///     FAIL   fast blinking
///     DEAD   dark, or lit without a flash: nobody drives it
class Indicator {
 public:
  /// `status` is "pass", "warn" or "fail" (api::verdict), asked every two seconds. `leds` outlives this.
  Indicator(relay::Runtime runtime, hal::Leds& leds, std::string led, std::function<std::string_view()> status);

  /// Somebody wants to see that the lamp works, or that the box has noticed him: it is lit for three seconds, at once.
  void answer();

  /// Until it is cancelled, or the lamp cannot be used (which is logged).
  [[nodiscard]] relay::Task<> run();

 private:
  [[nodiscard]] relay::Task<bool> flash(int times, relay::Millis lit, relay::Millis dark);

  relay::Runtime runtime_;
  hal::Leds& leds_;
  std::string led_;
  std::function<std::string_view()> status_;
  relay::Notification asked_;
};

}  // namespace firmware
