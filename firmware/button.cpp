#include "firmware/button.hpp"

#include <utility>

#include "relay/base/within.hpp"

namespace firmware {

using relay::Result;
using relay::Task;

Button::Button(relay::Runtime runtime, std::unique_ptr<hal::GpioInput> line, Listeners listeners)
    : runtime_(runtime), line_(std::move(line)), listeners_(std::move(listeners)) {}

/// The level once it has not changed for a while.
Task<Result<bool>> Button::settled() {
  while (true) {
    const auto limit = runtime_.clock.steady() + settling;
    const auto change = co_await relay::within(runtime_, limit, line_->changed());
    if (!change) co_return line_->asserted();
    if (!*change) co_return std::unexpected(change->error());
  }
}

/// True when the level is settled as `wanted` before `limit`; without one it waits for ever.
Task<Result<bool>> Button::settled_by(std::optional<relay::SteadyTime> limit, bool wanted) {
  while (true) {
    std::optional<Result<void>> change;
    if (limit) {
      change = co_await relay::within(runtime_, *limit, line_->changed());
      if (!change) co_return false;
    } else {
      change = co_await line_->changed();
    }
    if (!*change) co_return std::unexpected(change->error());
    const auto level = co_await settled();
    if (!level) co_return level;
    if (*level == wanted) co_return true;
  }
}

Task<> Button::run() {
  Result<bool> done = true;
  while (done) {
    done = co_await settled_by(std::nullopt, true);
    if (!done) break;
    done = co_await settled_by(runtime_.clock.steady() + long_hold, false);
    if (!done) break;
    (*done ? listeners_.pressed : listeners_.held)();
  }
  if (done.error().code != relay::ErrorCode::cancelled)
    runtime_.log.warning("button_unusable", {{"reason", done.error().message}});
}

}  // namespace firmware
