#include "hal/power_rail.hpp"

#include <string>
#include <utility>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "hal/linux/gpio_lines.hpp"
#include "hal/sim/gpio_lines.hpp"
#include "relay/base/within.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using hal::GpioAddress;
using hal::PowerRail;
using relay::ErrorCode;
using relay::Millis;

namespace {

const GpioAddress key{.chip = "soc", .line = 17};
const GpioAddress reset{.chip = "soc", .line = 27};
constexpr hal::PowerTimes times{.on_pulse = Millis{600},
                                .off_pulse = Millis{800},
                                .off_wait = Millis{30'000},
                                .reset_pulse = Millis{300},
                                .ready_wait = Millis{15'000}};

}  // namespace

TEST_GROUP(PowerRail) {
  fakes::VirtualRuntime world;
  hal::SimGpioLines gpio;
  std::vector<std::string> seen;

  void setup() override {
    gpio.add(key, [this](bool pressed) { note(pressed ? "key down" : "key up"); });
    gpio.add(reset, [this](bool asserted) { note(asserted ? "reset" : "reset released"); });
  }
  void note(const std::string& what) {
    seen.push_back(std::to_string(world.clock.steady().time_since_epoch().count() - start) + " " + what);
  }
  std::unique_ptr<PowerRail> take(const PowerRail::Lines& lines) {
    start = world.clock.steady().time_since_epoch().count();
    auto rail = PowerRail::take(world.runtime(), gpio, lines);
    CHECK(rail.has_value());
    return std::move(*rail);
  }
  void check_seen(const std::vector<std::string>& expected) {
    LONGS_EQUAL(expected.size(), seen.size());
    for (std::size_t i = 0; i < expected.size(); ++i) STRCMP_EQUAL(expected[i].c_str(), seen[i].c_str());
  }
  std::int64_t start = 0;
};

TEST(PowerRail, theResetLineIsUsedWhereTheModuleAllowsIt) {
  const auto rail = take({.power_key = key, .reset = reset});
  CHECK(world.run(rail->cycle(times)).has_value());
  check_seen({"0 reset", "300 reset released"});
}

TEST(PowerRail, elseTheKeySwitchesOffAndOn) {
  const auto rail = take({.power_key = key, .reset = reset});
  auto without_reset = times;
  without_reset.reset_pulse = Millis{0};
  CHECK(world.run(rail->cycle(without_reset)).has_value());
  check_seen({"0 key down", "800 key up", "30800 key down", "31400 key up"});
}

TEST(PowerRail, withoutALineThatTheModuleAllowsItSaysSo) {
  const auto rail = take({.reset = reset});
  CHECK(rail->can_cycle(times));
  auto without_reset = times;
  without_reset.reset_pulse = Millis{0};
  CHECK_FALSE(rail->can_cycle(without_reset));
  CHECK(world.run(rail->cycle(without_reset)).error().code == ErrorCode::unavailable);
  check_seen({});
}

TEST(PowerRail, aKeyIsLetGoWhenTheDaemonStopsInTheMiddle) {
  const auto rail = take({.power_key = key});
  const auto ended = world.run(relay::within(world.runtime(), world.clock.steady() + Millis{100}, rail->cycle(times)));
  CHECK_FALSE(ended.has_value());
  check_seen({"0 key down", "100 key up"});
}

TEST(PowerRail, aLineThatFailsIsSaid) {
  const auto rail = take({.power_key = key});
  gpio.break_off(key);
  CHECK(world.run(rail->cycle(times)).error().code == ErrorCode::io);
}

TEST(PowerRail, linesAreTakenForAsLongAsItLives) {
  {
    const auto rail = take({.power_key = key});
    CHECK(gpio.taken(key));
    CHECK(PowerRail::take(world.runtime(), gpio, {.power_key = key}).error().code == ErrorCode::unavailable);
  }
  CHECK_FALSE(gpio.taken(key));
  const GpioAddress absent{.chip = "soc", .line = 99};
  CHECK(PowerRail::take(world.runtime(), gpio, {.reset = absent}).error().code == ErrorCode::not_found);
}

TEST(PowerRail, aChipThatThisMachineDoesNotHaveIsNamed) {
  hal::LinuxGpioLines real(world.runtime().executor);
  const auto refused = real.output({.chip = "no such chip", .line = 1});
  CHECK(refused.error().code == ErrorCode::not_found);
  STRCMP_CONTAINS("no such chip", refused.error().message.c_str());
  STRCMP_CONTAINS("gpiodetect", refused.error().message.c_str());
}
