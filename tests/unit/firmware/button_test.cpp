#include "firmware/button.hpp"

#include <optional>

#include <CppUTest/TestHarness.h>

#include "hal/linux/gpio_lines.hpp"
#include "hal/sim/gpio_lines.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using firmware::Button;
using relay::Millis;

TEST_GROUP(Button) {
  fakes::VirtualRuntime world;
  hal::SimGpioLines lines{world.runtime()};
  const hal::GpioAddress address{.chip = "board", .line = 22, .active_low = true};
  int pressed = 0;
  int held = 0;
  std::optional<Button> button;
  relay::TaskGroup tasks{world.runtime()};

  void setup() override {
    lines.add_input(address);
    button.emplace(world.runtime(), *lines.input(address),
                   Button::Listeners{.pressed = [this] { ++pressed; }, .held = [this] { ++held; }});
    tasks.spawn("test-button", button->run());
    world.settle();
  }
  void teardown() override { world.run(tasks.stop()); }
  void press(bool down) {
    lines.drive(address, down);
    world.settle();
  }
  void hold(Millis duration) {
    press(true);
    world.run_for(duration);
    press(false);
    world.run_for(Millis{100});
  }
  void expect(int times_pressed, int times_held) const {
    LONGS_EQUAL(times_pressed, pressed);
    LONGS_EQUAL(times_held, held);
  }
};

TEST(Button, aPressIsTold) {
  hold(Millis{200});
  expect(1, 0);
  hold(Millis{9'900});
  expect(2, 0);
}

TEST(Button, contactsMayBounce) {
  for (int i = 0; i < 7; ++i) {
    press(i % 2 == 0);
    world.run_for(Millis{4});
  }
  world.run_for(Millis{300});
  expect(0, 0);
  for (int i = 0; i < 7; ++i) {
    press(i % 2 != 0);
    world.run_for(Millis{4});
  }
  world.run_for(Millis{300});
  expect(1, 0);
}

TEST(Button, aSpikeIsNoPress) {
  hold(Millis{5});
  expect(0, 0);
  world.run_for(Button::long_hold + Millis{1'000});
  expect(0, 0);
}

TEST(Button, aLongHoldIsToldWhileItLastsAndOnce) {
  press(true);
  world.run_for(Millis{9'900});
  expect(0, 0);
  world.run_for(Millis{200});
  expect(0, 1);
  world.run_for(Millis{60'000});
  expect(0, 1);
  press(false);
  world.run_for(Millis{100});
  expect(0, 1);
  hold(Millis{300});  // and it works again
  expect(1, 1);
}

TEST(Button, aLineHasOneUser) {
  CHECK(lines.input(address).error().code == relay::ErrorCode::unavailable);
  CHECK(lines.input({.chip = "board", .line = 23}).error().code == relay::ErrorCode::not_found);
}

TEST(Button, aLineThatBreaksIsSaid) {
  lines.break_off(address);
  press(true);
  world.run_for(Millis{100});
  CHECK(world.log.contains("button_unusable"));
  expect(0, 0);
}

TEST(Button, onAMachineWithoutTheChipThatIsSaid) {
  hal::LinuxGpioLines kernel(world.runtime().executor);
  const auto missing = kernel.input({.chip = "no such chip", .line = 1});
  CHECK(missing.error().code == relay::ErrorCode::not_found);
}
