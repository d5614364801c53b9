// What the board has: the lines to its modem, the lamp, the button.

#include <utility>

#include "firmware/api/alarms.hpp"
#include "firmware/appliance.hpp"

namespace firmware {

/// The lines to the modem in the board's slot, and the lamp. A box that cannot have them sends all the same: the ladder
/// has rungs left.
void Appliance::settle_on(std::optional<Board> board) {
  board_ = std::move(board);
  hardware_.settle_on(board_);
  if (!board_) return;
  if (!board_->leds.empty()) {
    indicator_.emplace(runtime_, platform_.leds(), board_->leds.front(),
                       [this] { return api::verdict(api::alarms_of(health())); });
  }
  if (board_->button) take_button(*board_->button);
  if (!board_->power_key && !board_->reset) return;
  auto taken =
      hal::PowerRail::take(runtime_, platform_.gpio_lines(), {.power_key = board_->power_key, .reset = board_->reset});
  if (taken) {
    modem_power_ = std::move(*taken);
  } else {
    runtime_.log.warning("modem_power_lines_not_taken", {{"reason", taken.error().message}});
  }
}

/// Pressed: the lamp answers. Held: somebody stands in front of the box and means it; what asks for that (GET
/// /v1/health, hardware.button) decides for how long it counts.
void Appliance::take_button(const hal::GpioAddress& line) {
  auto taken = platform_.gpio_lines().input(line);
  if (!taken) {
    runtime_.log.warning("button_not_taken", {{"reason", taken.error().message}});
    return;
  }
  const auto answer = [this](const char* what) {
    runtime_.log.info(what);
    if (indicator_) indicator_->answer();
  };
  button_.emplace(runtime_, std::move(*taken),
                  Button::Listeners{.pressed = [answer] { answer("button_pressed"); },
                                    .held =
                                        [this, answer] {
                                          button_held_at_ = runtime_.clock.steady();
                                          answer("button_held");
                                        }});
}

void Appliance::tell_board() const {
  if (!board_) return;
  const std::string model = running_model();
  runtime_.log.info("board", {{"title", board_->title}, {"model", model}});
  if (!is_model(*board_, model)) {
    runtime_.log.warning("board_is_another", {{"described", board_->title}, {"running", model}});
  }
}

}  // namespace firmware
