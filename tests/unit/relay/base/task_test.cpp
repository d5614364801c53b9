#include "relay/base/task.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

#include "relay/base/within.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using relay::Millis;
using relay::Task;

TEST_GROUP(Tasks) { fakes::VirtualRuntime world; };

TEST(Tasks, sleepingTakesExactlyTheVirtualTime) {
  const auto start = world.clock.steady();
  CHECK(world.run(relay::sleep_for(world.runtime(), Millis{250})));
  CHECK((world.clock.steady() - start) == Millis{250});
}

// Seed 36 of the simulation: the daemon aborted when it was told to stop between two questions to a provider.
TEST(Tasks, withinInACancelledTaskEndsItLikeAnyOtherWait) {
  relay::TaskGroup group(world.runtime());
  group.spawn("test", [](relay::Runtime runtime) -> Task<> {
    (void)co_await relay::sleep_for(runtime, Millis{1000});  // cancelled: false
    auto wait = [](relay::Runtime r) -> Task<int> {
      (void)co_await relay::sleep_for(r, Millis{1});
      co_return 1;
    };
    (void)co_await relay::within(runtime, runtime.clock.steady() + Millis{10}, wait(runtime));
  }(world.runtime()));
  world.run_for(Millis{10});
  world.run(group.stop());
  CHECK_EQUAL(0, group.size());
}

TEST(Tasks, withinReturnsTheValueOrNothing) {
  auto slow = [](relay::Runtime runtime, Millis delay) -> Task<int> {
    co_await relay::sleep_for(runtime, delay);
    co_return 7;
  };
  auto runtime = world.runtime();
  const auto in_time = world.run(relay::within(runtime, world.clock.steady() + Millis{100}, slow(runtime, Millis{99})));
  CHECK(in_time == 7);
  const auto late = world.run(relay::within(runtime, world.clock.steady() + Millis{100}, slow(runtime, Millis{101})));
  CHECK_FALSE(late.has_value());
  CHECK(world.timers.empty());
}

TEST(Tasks, aNotificationBeforeTheWaitIsRemembered) {
  relay::Notification notification(world.runtime());
  notification.notify();
  CHECK(world.run(notification.wait_until(world.clock.steady() + Millis{10})));
  CHECK_FALSE(world.run(notification.wait_until(world.clock.steady() + Millis{10})));
}

TEST(Tasks, aNotificationWakesEveryWaiter) {
  relay::Notification notification(world.runtime());
  relay::TaskGroup group(world.runtime());
  int woken = 0;
  auto waiter = [](relay::Notification& n, int& count) -> Task<> {
    if (co_await n.wait()) ++count;
  };
  group.spawn("first", waiter(notification, woken));
  group.spawn("second", waiter(notification, woken));
  world.settle();
  notification.notify();
  world.settle();
  LONGS_EQUAL(2, woken);
  LONGS_EQUAL(0, group.size());
}

TEST(Tasks, stoppingAGroupEndsItsTasksAndRunsTheirDestructors) {
  relay::TaskGroup group(world.runtime());
  std::vector<int> unwound;
  auto forever = [](relay::Runtime runtime, std::vector<int>& log, int number) -> Task<> {
    struct OnExit {
      std::vector<int>& log;
      int number;
      ~OnExit() { log.push_back(number); }
    } on_exit{log, number};
    while (true) co_await relay::sleep_for(runtime, Millis{1000});
  };
  group.spawn("one", forever(world.runtime(), unwound, 1));
  group.spawn("two", forever(world.runtime(), unwound, 2));
  world.run_for(Millis{5000});
  world.run(group.stop());
  LONGS_EQUAL(2, unwound.size());
  CHECK(world.timers.empty());
}

TEST(Tasks, aTaskSpawnedIntoACancelledGroupEndsAtItsFirstWait) {
  relay::TaskGroup group(world.runtime());
  group.cancel();
  auto forever = [](relay::Runtime runtime) -> Task<> {
    while (true) co_await relay::sleep_for(runtime, Millis{1000});
  };
  group.spawn("late", forever(world.runtime()));
  world.run_for(Millis{1});
  LONGS_EQUAL(0, group.size());
}

TEST(Tasks, aSleepUntilTheEndOfTimeCanBeCutOff) {
  auto forever = [](relay::Runtime runtime) -> Task<int> {
    co_await relay::sleep_until(runtime, relay::SteadyTime::max());
    co_return 1;
  };
  auto runtime = world.runtime();
  const auto cut = world.run(relay::within(runtime, world.clock.steady() + Millis{100}, forever(runtime)));
  CHECK_FALSE(cut.has_value());
}
