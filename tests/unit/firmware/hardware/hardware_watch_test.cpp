#include "firmware/hardware/hardware_watch.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "hal/sim/clock_trust.hpp"
#include "hal/sim/storage.hpp"
#include "hal/sim/thermometer.hpp"
#include "hal/sim/watchdog.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using firmware::HardwareAlarm;
using firmware::HardwareWatch;
using hal::StorageHealth;
using relay::Millis;

TEST_GROUP(HardwareWatch) {
  fakes::VirtualRuntime world;
  hal::SimClockTrust clock;
  hal::SimStorage storage;
  hal::SimThermometer thermometer;
  hal::SimWatchdog watchdog;
  std::vector<std::string> told;  ///< "+E-TEMP-001", "-E-TEMP-001"
  HardwareWatch watch{world.runtime(),
                      {.clock = clock,
                       .storage = storage,
                       .thermometer = thermometer,
                       .watchdog = watchdog,
                       .on_alarm =
                           [this](const HardwareAlarm& alarm, bool raised) {
                             CHECK_FALSE(alarm.text.empty());
                             CHECK_FALSE(alarm.remedy.empty());
                             told.push_back((raised ? "+" : "-") + alarm.code);
                           }},
                      "/var/lib/edge-relay/outbox.db"};
  relay::TaskGroup tasks{world.runtime()};

  void teardown() override { world.run(tasks.stop()); }
  void start(const std::optional<firmware::Board>& board = std::nullopt) {
    watch.settle_on(board);
    tasks.spawn("test-hardware", watch.run());
    world.settle();
  }
  /// What was told by the next look.
  std::string next() {
    told.clear();
    world.run_for(HardwareWatch::interval);
    std::string all;
    for (const auto& one : told) all += (all.empty() ? "" : " ") + one;
    return all;
  }
};

TEST(HardwareWatch, aGoodBoxSaysNothing) {
  thermometer.zones["cpu-thermal"] = 52;
  start();
  STRCMP_EQUAL("", next().c_str());
  const auto health = watch.health();
  CHECK(health.clock.believed());
  LONGS_EQUAL(10, *health.storage->wear_percent);
  DOUBLES_EQUAL(52, *health.celsius, 0.01);
  CHECK_FALSE(health.watchdog.has_value());
}

TEST(HardwareWatch, whatIsTooHotHasToCoolDownProperly) {
  thermometer.zones["cpu-thermal"] = 84;
  thermometer.zones["gpu-thermal"] = 99;
  start(firmware::Board{.thermal = firmware::BoardThermal{.zone = "cpu-thermal", .hot_celsius = 85}});
  STRCMP_EQUAL("", next().c_str());
  thermometer.zones["cpu-thermal"] = 85;
  STRCMP_EQUAL("+E-TEMP-001", next().c_str());
  thermometer.zones["cpu-thermal"] = 81;
  STRCMP_EQUAL("", next().c_str());
  CHECK(watch.health().hot);
  thermometer.zones.clear();  // silent for once: neither hot nor cool
  STRCMP_EQUAL("", next().c_str());
  CHECK(watch.health().hot);
  thermometer.zones["cpu-thermal"] = 79;
  STRCMP_EQUAL("-E-TEMP-001", next().c_str());
}

TEST(HardwareWatch, aDiskThatWearsOutIsSaidOnce) {
  start();
  storage.disk.wear_percent = 80;
  STRCMP_EQUAL("", next().c_str());
  storage.disk.wear_percent = 90;
  STRCMP_EQUAL("+E-STORE-006", next().c_str());
  STRCMP_EQUAL("", next().c_str());
  storage.disk = {.kind = StorageHealth::Kind::sd_card, .device = "mmcblk0"};  // another one: it cannot tell
  STRCMP_EQUAL("-E-STORE-006", next().c_str());
  storage.disk.reserve = StorageHealth::Reserve::urgent;
  STRCMP_EQUAL("+E-STORE-006", next().c_str());
}

TEST(HardwareWatch, aDiskThatTakesNothingIsGrave) {
  start();
  storage.disk.read_only = true;
  storage.disk.errors = 2;
  STRCMP_EQUAL("+E-STORE-004 +E-STORE-005", next().c_str());
  const auto alarms = alarms_of(watch.health());
  CHECK(alarms[0].grave);
  CHECK_FALSE(alarms[1].grave);
}

TEST(HardwareWatch, whatCannotBeLookedAtIsKnownNoMore) {
  start();
  storage.gone = true;
  STRCMP_EQUAL("", next().c_str());
  CHECK_FALSE(watch.health().storage.has_value());
  STRCMP_CONTAINS("No such file", watch.health().storage_trouble.c_str());
}

TEST(HardwareWatch, aClockGetsAQuarterOfAnHourToBeConfirmed) {
  clock.told = {};
  start();
  world.run_for(Millis{14 * 60'000});
  LONGS_EQUAL(0, told.size());
  CHECK_FALSE(watch.health().clock_unconfirmed);
  world.run_for(Millis{60'000});
  STRCMP_EQUAL("+E-CLOCK-001", told.front().c_str());
  watch.hear_time(firmware::TimeSource::mobile_network, world.clock.wall());
  STRCMP_EQUAL("-E-CLOCK-001", next().c_str());
  STRCMP_EQUAL("mobile_network", std::string{name_of(watch.health().clock.believed_by)}.c_str());
}

TEST(HardwareWatch, whatNobodyCanTellIsNoAlarm) {
  clock.told = {.can_tell = false};
  start();
  world.run_for(Millis{60 * 60'000});
  LONGS_EQUAL(0, told.size());
  CHECK_FALSE(watch.health().clock.believed());
}

TEST(HardwareWatch, aClockThatTheBridgeContradictsIsToldAtOnce) {
  start();
  watch.hear_time(firmware::TimeSource::bridge, world.clock.wall() + Millis{71LL * 3'600'000});
  STRCMP_EQUAL("+E-CLOCK-001", next().c_str());
  STRCMP_EQUAL("the clock is 71 h behind the bridge", alarms_of(watch.health())[0].text.c_str());
  world.clock.jump_wall(Millis{71LL * 3'600'000});
  CHECK(watch.health().clock.believed());  // as of now, not of the last look
  STRCMP_EQUAL("-E-CLOCK-001", next().c_str());
}

TEST(HardwareWatch, aWatchdogThatTheBoardNamesMustBeFed) {
  start(firmware::Board{.watchdog = firmware::BoardWatchdog{.device = "/dev/watchdog0", .driver = "wdt"}});
  STRCMP_EQUAL("+E-WDOG-001", told.front().c_str());
  STRCMP_CONTAINS("/dev/watchdog0", watch.health().watchdog_trouble.c_str());
  watchdog.devices["/dev/watchdog0"] = {.identity = "simulated", .running = false};
  STRCMP_EQUAL("", next().c_str());  // there, but nobody feeds it
  watchdog.devices["/dev/watchdog0"].running = true;
  STRCMP_EQUAL("-E-WDOG-001", next().c_str());
  CHECK(watch.health().watchdog->running);
}

TEST(HardwareWatch, theLogNamesWhatBeginsAndEnds) {
  start();
  storage.disk.read_only = true;
  world.run_for(HardwareWatch::interval);
  CHECK(world.log.contains("hardware_alarm"));
  CHECK(world.log.contains("E-STORE-004"));
  storage.disk.read_only = false;
  world.run_for(HardwareWatch::interval);
  CHECK(world.log.contains("hardware_alarm_over"));
}
