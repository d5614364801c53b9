#include "firmware/indicator.hpp"

#include <utility>

namespace firmware {
namespace {

using relay::Millis;
using relay::Task;

constexpr Millis period{2'000};
constexpr Millis short_flash{80};
constexpr Millis between_flashes{250};
constexpr Millis fast{125};
constexpr Millis answer_time{3'000};
constexpr int fast_flashes = static_cast<int>(period / (2 * fast));

}  // namespace

Indicator::Indicator(relay::Runtime runtime, hal::Leds& leds, std::string led, std::function<std::string_view()> status)
    : runtime_(std::move(runtime)), leds_(leds), led_(std::move(led)), status_(std::move(status)), asked_(runtime_) {}

void Indicator::answer() { asked_.notify(); }

Task<> Indicator::run() {
  while (true) {
    const relay::SteadyTime next = runtime_.clock.steady() + period;
    const std::string_view status = status_();
    bool works = true;
    if (status == "fail") {
      works = co_await flash(fast_flashes, fast, fast);
    } else {
      works = co_await flash(status == "pass" ? 1 : 2, short_flash, between_flashes);
    }
    if (!works) co_return;
    const bool asked = co_await asked_.wait_until(next);
    if (!asked) continue;
    works = co_await flash(1, answer_time, between_flashes);
    if (!works) co_return;
  }
}

Task<bool> Indicator::flash(int times, Millis lit, Millis dark) {
  // A daemon that stops between the two leaves no lamp burning.
  struct PutOut {
    Indicator& self;
    ~PutOut() { (void)self.leds_.light(self.led_, false); }
  } const put_out{*this};
  for (int i = 0; i < times; ++i) {
    for (const bool on : {true, false}) {
      const auto done = leds_.light(led_, on);
      if (!done) {
        runtime_.log.warning("led_unusable", {{"led", led_}, {"reason", done.error().message}});
        co_return false;
      }
      co_await relay::sleep_for(runtime_, on ? lit : dark);
    }
  }
  co_return true;
}

}  // namespace firmware
