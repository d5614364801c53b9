#include "firmware/hardware/clock_judge.hpp"

#include <CppUTest/TestHarness.h>

using firmware::ClockJudge;
using firmware::TimeSource;
using relay::Millis;

namespace {

constexpr Millis minute{60'000};
constexpr Millis hour{3'600'000};

}  // namespace

TEST_GROUP(ClockJudge) {
  ClockJudge judge;
  hal::ClockFacts facts;
  relay::WallTime wall = relay::from_ms<relay::WallTime>(1'790'000'000'000);
  relay::SteadyTime now{Millis{1'000'000}};

  /// The wall clock is ahead of what `source` says by so much.
  void hear(TimeSource source, Millis ahead) { judge.hear(source, wall - ahead, now); }
  void expect(TimeSource believed_by, TimeSource contradicted_by = TimeSource::nobody) const {
    const auto health = judge.judge(facts, wall, now);
    STRCMP_EQUAL(std::string{name_of(believed_by)}.c_str(), std::string{name_of(health.believed_by)}.c_str());
    STRCMP_EQUAL(std::string{name_of(contradicted_by)}.c_str(), std::string{name_of(health.contradicted_by)}.c_str());
  }
};

TEST(ClockJudge, aClockThatNobodyConfirmsIsNotBelieved) {
  expect(TimeSource::nobody);
  CHECK_FALSE(judge.judge(facts, wall, now).believed());
}

TEST(ClockJudge, aTimeServerIsBelieved) {
  facts.synchronised = true;
  facts.error_bound = Millis{12};
  expect(TimeSource::time_server);
  LONGS_EQUAL(12, judge.judge(facts, wall, now).error_bound->count());
}

TEST(ClockJudge, theBridgeConfirmsOrContradicts) {
  hear(TimeSource::bridge, Millis{40'000});
  expect(TimeSource::bridge);
  hear(TimeSource::bridge, -71 * hour);
  expect(TimeSource::nobody, TimeSource::bridge);
  LONGS_EQUAL((-71 * hour).count(), judge.judge(facts, wall, now).ahead.count());
}

TEST(ClockJudge, theBridgeIsWorthMoreThanATimeServerOfTheLan) {
  facts.synchronised = true;
  hear(TimeSource::bridge, 2 * minute);
  expect(TimeSource::nobody, TimeSource::bridge);
}

TEST(ClockJudge, aWordIsCarriedOnByTheSteadyClockAndGrowsOld) {
  hear(TimeSource::bridge, Millis{0});
  now += 23 * hour;
  wall += 23 * hour;
  expect(TimeSource::bridge);
  wall += 3 * minute;  // somebody set the clock meanwhile
  expect(TimeSource::nobody, TimeSource::bridge);
  now += 2 * hour;
  expect(TimeSource::nobody);  // a word of yesterday
}

TEST(ClockJudge, aMobileNetworkMayBeWrongByATimeZone) {
  hear(TimeSource::mobile_network, minute / 2);
  expect(TimeSource::mobile_network);
  hear(TimeSource::mobile_network, 14 * hour);
  expect(TimeSource::nobody);
  hear(TimeSource::mobile_network, 16 * hour);
  expect(TimeSource::nobody, TimeSource::mobile_network);
  facts.synchronised = true;  // modems say strange things
  expect(TimeSource::time_server);
}

TEST(ClockJudge, aModemThatWasNeverToldTheTimeSaysNothing) {
  judge.hear(TimeSource::mobile_network, relay::from_ms<relay::WallTime>(315'964'800'000), now);  // 1980
  expect(TimeSource::nobody);
}

TEST(ClockJudge, aBatteryClockIsBelievedWhileItAgrees) {
  facts = {.has_battery_clock = true, .battery_clock = wall, .set_from_battery_clock = true};
  expect(TimeSource::battery_clock);
  facts.battery_clock = wall - hour;  // somebody set the wall clock since
  expect(TimeSource::nobody);
  facts.battery_clock = wall;
  facts.set_from_battery_clock = false;  // the other way round: it has its time from the wall clock
  expect(TimeSource::nobody);
}

TEST(ClockJudge, anEmptyBatteryIsNoAuthority) {
  wall = relay::from_ms<relay::WallTime>(3'600'000);
  facts = {.has_battery_clock = true, .battery_clock = wall, .set_from_battery_clock = true};
  expect(TimeSource::nobody);
}
