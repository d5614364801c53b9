#include "hal/linux/clock_trust.hpp"

#include <filesystem>
#include <sys/timex.h>

#include <CppUTest/TestHarness.h>

#include "hal/sim/clock_trust.hpp"
#include "tests/unit/hal/kernel_files.hpp"

using relay::Millis;

namespace {

/// A kernel that answers so.
auto kernel(int answer, int status, long error_us) {
  return [=](timex& state) {
    state.status = status;
    state.maxerror = error_us;
    return answer;
  };
}

}  // namespace

TEST_GROUP(ClockTrust) {
  KernelFiles files;

  [[nodiscard]] std::string timesync() const { return files.sys() + "/timesync"; }
};

TEST(ClockTrust, aClockThatATimeServiceSteersIsSynchronised) {
  const auto facts = hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_OK, STA_PLL, 24'500)).facts();
  CHECK(facts.synchronised);
  LONGS_EQUAL(24, facts.error_bound->count());
  CHECK_FALSE(facts.has_battery_clock);
}

TEST(ClockTrust, oneThatNobodySteersIsNot) {
  CHECK_FALSE(
      hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_ERROR, STA_UNSYNC, 16'000'000)).facts().synchronised);
  CHECK_FALSE(hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_OK, STA_UNSYNC, 0)).facts().synchronised);
  CHECK_FALSE(hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_ERROR, STA_CLOCKERR, 0)).facts().synchronised);
  const auto forbidden =
      hal::LinuxClockTrust(files.sys(), timesync(), kernel(-1, 0, 0)).facts();  // a sandbox forbids the question
  CHECK_FALSE(forbidden.synchronised);
  CHECK_FALSE(forbidden.error_bound.has_value());
}

TEST(ClockTrust, whereTheKernelMayNotBeAskedTimesyncdsFileTells) {
  const auto ask = [this] { return hal::LinuxClockTrust(files.sys(), timesync(), kernel(-1, 0, 0)).facts(); };
  CHECK_FALSE(ask().can_tell);
  std::filesystem::create_directories(timesync());
  auto facts = ask();
  CHECK(facts.can_tell);
  CHECK_FALSE(facts.last_set.has_value());
  files.say("timesync/synchronized", "");
  facts = ask();
  CHECK_FALSE(facts.synchronised);
  const auto set = *facts.last_set;
  CHECK(facts.follows_time_server(set + Millis{2'048'000}));
  CHECK_FALSE(facts.follows_time_server(set + Millis{4 * 3'600'000}));  // it is heard no more
  CHECK_FALSE(facts.follows_time_server(set - Millis{3'600'000}));      // the clock was set back
}

TEST(ClockTrust, whereTheKernelAnswersItsWordCounts) {
  files.say("timesync/synchronized", "");
  const auto facts = hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_OK, STA_UNSYNC, 0)).facts();
  CHECK(facts.can_tell);
  CHECK_FALSE(facts.last_set.has_value());
}

TEST(ClockTrust, theBatteryClockThatSetTheTimeIsTheOneThatCounts) {
  files.say("class/rtc/rtc0/since_epoch", "17");
  files.say("class/rtc/rtc0/hctosys", "0");
  auto facts = hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_OK, STA_UNSYNC, 0)).facts();
  CHECK(facts.has_battery_clock);
  CHECK_FALSE(facts.set_from_battery_clock);
  LONGS_EQUAL(17'000, relay::to_ms(*facts.battery_clock));
  files.say("class/rtc/rtc1/since_epoch", "1790000000");
  files.say("class/rtc/rtc1/hctosys", "1");
  facts = hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_OK, STA_UNSYNC, 0)).facts();
  CHECK(facts.set_from_battery_clock);
  CHECK(relay::to_ms(*facts.battery_clock) == 1'790'000'000'000);
}

TEST(ClockTrust, aSecondBatteryClockThatNobodyUsesDoesNotCount) {
  files.say("class/rtc/rtc0/since_epoch", "1790000000");
  files.say("class/rtc/rtc0/hctosys", "1");
  files.say("class/rtc/rtc1/since_epoch", "17");
  files.say("class/rtc/rtc1/hctosys", "0");
  const auto facts = hal::LinuxClockTrust(files.sys(), timesync(), kernel(TIME_OK, STA_UNSYNC, 0)).facts();
  CHECK(facts.set_from_battery_clock);
  CHECK(relay::to_ms(*facts.battery_clock) == 1'790'000'000'000);
}

TEST(ClockTrust, thisMachinesKernelAnswers) {
  // Whatever it says: a clock that is steered has a bound.
  const auto facts = hal::LinuxClockTrust().facts();
  CHECK(facts.synchronised == facts.error_bound.has_value());
}

TEST(ClockTrust, theSimulatedOneSaysWhatItIsTold) {
  hal::SimClockTrust clock;
  CHECK(clock.facts().synchronised);
  clock.told = {.has_battery_clock = true};
  CHECK_FALSE(clock.facts().synchronised);
  CHECK(clock.facts().has_battery_clock);
}
