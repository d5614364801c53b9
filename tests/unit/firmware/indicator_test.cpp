#include "firmware/indicator.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include <CppUTest/TestHarness.h>

#include "hal/linux/leds.hpp"
#include "hal/sim/leds.hpp"
#include "tests/fakes/virtual_runtime.hpp"

namespace fs = std::filesystem;
using relay::Millis;

TEST_GROUP(Indicator) {
  fakes::VirtualRuntime world;
  hal::SimLeds leds;
  std::string_view status = "pass";
  int flashes = 0;
  relay::TaskGroup tasks{world.runtime()};
  firmware::Indicator indicator{world.runtime(), leds, "status", [this] { return status; }};

  void setup() override {
    leds.on_change([this](bool lit) { flashes += lit ? 1 : 0; });
  }
  void teardown() override { world.run(tasks.stop()); }
  int flashes_in(Millis time) {
    flashes = 0;
    world.run_for(time);
    return flashes;
  }
};

TEST(Indicator, theNumberOfFlashesIsTheState) {
  tasks.spawn("test-indicator", indicator.run());
  world.run_for(Millis{1'999});
  LONGS_EQUAL(1, flashes);
  LONGS_EQUAL(5, flashes_in(Millis{10'000}));
  status = "warn";
  world.run_for(Millis{2'000});
  LONGS_EQUAL(10, flashes_in(Millis{10'000}));
  status = "fail";
  world.run_for(Millis{2'000});
  LONGS_EQUAL(40, flashes_in(Millis{10'000}));
  status = "pass";
  world.run_for(Millis{2'000});
  LONGS_EQUAL(5, flashes_in(Millis{10'000}));
}

TEST(Indicator, aDaemonThatStopsLeavesTheLampDark) {
  tasks.spawn("test-indicator", indicator.run());
  world.run_for(Millis{40});
  CHECK(leds.lit());
  world.run(tasks.stop());
  CHECK_FALSE(leds.lit());
}

TEST(Indicator, whoAsksSeesItLitForThreeSeconds) {
  tasks.spawn("test-indicator", indicator.run());
  world.run_for(Millis{1'000});
  CHECK_FALSE(leds.lit());
  indicator.answer();
  world.run_for(Millis{100});
  CHECK(leds.lit());
  world.run_for(Millis{2'800});
  CHECK(leds.lit());
  world.run_for(Millis{200});
  CHECK_FALSE(leds.lit());
  world.run_for(Millis{2'000});
  LONGS_EQUAL(5, flashes_in(Millis{10'000}));
}

TEST(Indicator, aLampThatIsNotThereIsSaidOnce) {
  firmware::Indicator blind{world.runtime(), leds, "no such lamp", [] { return "pass"; }};
  world.run(blind.run());
  CHECK(world.log.contains("led_unusable"));
}

TEST(Indicator, theKernelsLampsAreTakenFromTheirTriggers) {
  const fs::path sys = fs::temp_directory_path() / ("edge-relay-leds-" + std::to_string(getpid()));
  const fs::path lamp = sys / "class/leds/ACT";
  fs::create_directories(lamp);
  std::ofstream(lamp / "trigger") << "mmc0";
  std::ofstream(lamp / "brightness") << "0";
  const auto text_of = [&](const char* name) {
    std::string text;
    std::ifstream(lamp / name) >> text;
    return text;
  };
  hal::LinuxLeds real(sys.string());
  CHECK(real.light("ACT", true).has_value());
  STRCMP_EQUAL("none", text_of("trigger").c_str());
  STRCMP_EQUAL("1", text_of("brightness").c_str());
  CHECK(real.light("ACT", false).has_value());
  STRCMP_EQUAL("0", text_of("brightness").c_str());
  CHECK(real.light("PWR", true).error().code == relay::ErrorCode::not_found);
  fs::remove_all(sys);
}
