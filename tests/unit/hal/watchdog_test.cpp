#include "hal/linux/watchdog.hpp"

#include <CppUTest/TestHarness.h>

#include "hal/sim/watchdog.hpp"
#include "tests/unit/hal/kernel_files.hpp"

using relay::ErrorCode;

TEST_GROUP(Watchdog) {
  KernelFiles files;
  hal::LinuxWatchdog kernel{files.sys()};
};

TEST(Watchdog, oneThatIsFedRuns) {
  files.say("class/watchdog/watchdog0/identity", "Broadcom BCM2835 Watchdog timer");
  files.say("class/watchdog/watchdog0/state", "active");
  files.say("class/watchdog/watchdog0/timeout", "15");
  files.say("class/watchdog/watchdog0/bootstatus", "0");
  const auto state = kernel.look("/dev/watchdog0");
  CHECK(state.has_value());
  STRCMP_EQUAL("Broadcom BCM2835 Watchdog timer", state->identity.c_str());
  CHECK(state->running);
  LONGS_EQUAL(15, *state->timeout_s);
  CHECK_FALSE(state->reset_the_machine);
}

TEST(Watchdog, oneThatNobodyHasOpenedDoesNot) {
  files.say("class/watchdog/watchdog0/state", "inactive");
  const auto state = kernel.look("/dev/watchdog0");
  CHECK_FALSE(state->running);
  CHECK_FALSE(state->timeout_s.has_value());
}

TEST(Watchdog, itRemembersThatItResetTheMachine) {
  files.say("class/watchdog/watchdog1/state", "active");
  files.say("class/watchdog/watchdog1/bootstatus", "32");
  CHECK(kernel.look("/dev/watchdog1")->reset_the_machine);
  files.say("class/watchdog/watchdog1/bootstatus", "0x8120");
  CHECK(kernel.look("/dev/watchdog1")->reset_the_machine);
}

TEST(Watchdog, oneThatIsNotThereIsSaid) {
  const auto missing = kernel.look("/dev/watchdog0");
  CHECK(missing.error().code == ErrorCode::not_found);
  STRCMP_CONTAINS("/dev/watchdog0", missing.error().message.c_str());
}

TEST(Watchdog, theSimulatedOneIsThereOnceItIsPutIn) {
  hal::SimWatchdog simulated;
  CHECK(simulated.look("/dev/watchdog0").error().code == ErrorCode::not_found);
  simulated.devices["/dev/watchdog0"] = {.identity = "simulated", .running = true, .timeout_s = 15};
  CHECK(simulated.look("/dev/watchdog0")->running);
}
