// No message waits for a poll where an event exists, and an idle dispatcher does nothing.
#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

TEST_GROUP(DispatcherWakesUp) {
  DispatchWorld w;
  ScriptedProvider* only = nullptr;

  void setup() override { only = &w.add("only"); }
  bool leaves_within_a_second() {
    const std::size_t before = only->sent.size();
    w.run_for(seconds{1});
    return only->sent.size() > before;
  }
};

TEST(DispatcherWakesUp, whenTheUplinkIsBack) {
  w.start();
  w.dispatcher->set_uplink(false);
  const auto id = w.store();
  w.run_for(minutes{7});
  CHECK_EQUAL(0, only->sent.size());
  w.dispatcher->set_uplink(true);
  CHECK_TRUE(leaves_within_a_second());
  CHECK(w.state(id) == State::sent);
}

TEST(DispatcherWakesUp, whenAProviderIsReadyAgain) {
  only->why_not_ready = "not registered";
  w.start();
  w.store();
  w.run_for(minutes{7});
  CHECK_EQUAL(0, only->sent.size());
  only->why_not_ready.reset();
  w.dispatcher->readiness_changed();
  CHECK_TRUE(leaves_within_a_second());
}

TEST(DispatcherWakesUp, whenAPauseEnds) {
  w.start();
  w.dispatcher->set_paused(true);
  w.store(MessageClass::alarm);
  w.run_for(minutes{7});
  CHECK_EQUAL(0, only->sent.size());
  w.dispatcher->set_paused(false);
  CHECK_TRUE(leaves_within_a_second());
}

TEST(DispatcherWakesUp, whenAProbeIsDueAndAllWaitingLeaveWhenItSucceeds) {
  only->will(account);
  w.start();
  const auto trigger = w.store(MessageClass::alarm);
  w.run_for(seconds{2});
  std::vector<MessageId> ids;
  for (int i = 0; i < 20; ++i) ids.push_back(w.store());
  w.run_for(seconds{50});
  CHECK_EQUAL(1, only->sent.size());
  w.run_for(seconds{12});
  CHECK_EQUAL(22, only->sent.size());
  CHECK(w.state(trigger) == State::sent);
  for (const auto id : ids) CHECK(w.state(id) == State::sent);
}

TEST(DispatcherWakesUp, afterABackOffShorterThanTheCommitOfItsOutcome) {
  w.dispatch_settings.retry.first = Millis{20};  // the outcome is committed up to 250 ms later
  w.dispatch_settings.breaker.failures_in_a_row = 1'000;
  w.dispatch_settings.breaker.failures_in_window = 1'000;
  w.start();
  for (int i = 0; i < 20; ++i) {
    only->will(unavailable);
    const auto id = w.store();
    w.run_for(seconds{2});
    CHECK(w.state(id) == State::sent);
  }
}

TEST(DispatcherWakesUp, forTheFirstMessageOfAnApplicationThatIsScheduled) {
  w.start();
  w.run_for(minutes{1});
  const auto id = w.store(MessageClass::info, "", [&](Message& m) { m.app = 42, m.due = w.now() + minutes{10}; });
  w.run_for(minutes{10} - seconds{1});
  CHECK_EQUAL(0, only->sent.size());
  w.run_for(seconds{2});
  CHECK(w.state(id) == State::sent);
}

TEST(DispatcherWakesUp, forWhatWasScheduledBeforeARestart) {
  w.start();
  const auto id = w.store(MessageClass::info, "", [&](Message& m) { m.due = w.now() + minutes{10}; });
  w.crash();
  w.run_for(minutes{10} + seconds{1});
  CHECK(w.state(id) == State::sent);
}

TEST(DispatcherWakesUp, forASuccessorOfAnotherApplication) {
  only->will(unavailable);
  w.start();
  const auto first = w.store(MessageClass::info, "+1555");
  const auto second = w.store(MessageClass::info, "+1555", [](Message& m) { m.app = 2; });
  w.run_for(seconds{3});
  CHECK(w.state(first) == State::sent);
  CHECK(w.state(second) == State::sent);
}

TEST(DispatcherWakesUp, forMoreToOneRecipientThanMemoryHolds) {
  w.start();
  std::vector<MessageId> ids;
  for (int i = 0; i < 50; ++i)
    ids.push_back(w.store(MessageClass::info, "+1555", [i](Message& m) { m.app = 1 + i % 2; }));
  w.run_for(seconds{60});
  for (const auto id : ids) CHECK(w.state(id) == State::sent);
}

TEST(DispatcherWakesUp, forTheWholeBacklogAfterALongOutage) {
  w.start();
  w.dispatcher->set_uplink(false);
  std::vector<MessageId> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(w.store(MessageClass::bulk, "", [i](Message& m) { m.app = 1 + i % 5; }));
  w.run_for(hours{1});
  w.dispatcher->set_uplink(true);
  w.run_for(seconds{30});
  for (const auto id : ids) CHECK(w.state(id) == State::sent);
  CHECK(only->most_under_way <= 8);
}

TEST(DispatcherWakesUp, forTheRoomOfAProviderThatTurnedOutQuick) {
  w.start();
  only->otherwise = [] { return ScriptedProvider::Step{.after = minutes{1}}; };
  only->steps = {{.after = seconds{1}}};
  only->learned_capacity = 12;
  for (int i = 0; i < 20; ++i) w.store();
  w.run_for(Millis{900});
  LONGS_EQUAL(8, only->under_way);
  w.run_for(Millis{900});
  LONGS_EQUAL(12, only->under_way);
}

TEST(DispatcherWakesUp, whenAProviderTriedBeforeIsBackWhileTheOneLeftIsGone) {
  auto traits = ScriptedProvider::traits_of("second");
  traits.needs_uplink = false;
  traits.max_in_flight = 1;
  auto& second = w.add(traits);
  only->will(unavailable);
  second.steps = {{.after = seconds{20}}};
  w.start();
  w.dispatcher->set_uplink(false);
  w.store();  // occupies the second
  w.run_for(seconds{1});
  w.dispatcher->set_uplink(true);
  const auto id = w.store();  // fails at the first, then waits for the second
  w.run_for(seconds{1});
  CHECK_EQUAL(1, only->sent.size());
  second.why_not_ready = "SIM removed";
  w.dispatcher->readiness_changed();
  w.run_for(seconds{2});
  CHECK(w.state(id) == State::sent);
  CHECK_EQUAL(2, only->sent.size());
}

TEST(DispatcherWakesUp, andTheMessageThatGoesGetsItsOwnChoiceOfProvider) {
  // Application 2 is due to be served first (smaller pass), but its message may not go: class once waits for the
  // throttled first provider. Application 1's then goes, by the second provider, not by the throttled one.
  auto& second = w.add("second");
  w.start();
  w.store(), w.store(), w.store();  // application 1 has had its share
  w.run_for(seconds{1});
  const std::size_t before = only->sent.size();
  w.dispatcher->set_paused(true);
  w.store(MessageClass::info);
  w.store(MessageClass::once, "", [](Message& m) { m.app = 2; });
  w.run_for(seconds{1});
  only->steps = {{.outcome = throttled, .retry_after = minutes{5}}};
  w.store(MessageClass::alarm);
  w.dispatcher->set_paused(false);
  w.run_for(seconds{1});
  CHECK(only->sent.size() <= before + 3);
  const std::size_t first_has = only->sent.size();
  w.dispatcher->set_paused(true);
  w.store(MessageClass::info);
  w.store(MessageClass::once, "", [](Message& m) { m.app = 2; });
  w.run_for(seconds{1});
  w.dispatcher->set_paused(false);
  w.run_for(seconds{1});
  CHECK_EQUAL(first_has, only->sent.size());
  CHECK(second.sent.size() >= 1);
}

TEST(DispatcherWakesUp, andSleepsWhenThereIsNothingToDo) {
  w.start();
  w.run_for(minutes{1});
  auto before = w.world.handlers_run();
  w.run_for(hours{1});
  CHECK(w.world.handlers_run() - before < 2 * 3600);  // a sweep each 15 s

  w.dispatcher->set_uplink(false);
  for (int i = 0; i < 100; ++i) w.store(MessageClass::info, i % 2 == 0 ? "+1555" : "");
  w.run_for(minutes{1});
  before = w.world.handlers_run();
  w.run_for(hours{1});
  CHECK(w.world.handlers_run() - before < 2 * 3600);  // waiting for a path costs nothing either
}

TEST(DispatcherWakesUp, aMessageCancelledWhileItWaitsInMemoryNeverLeaves) {
  w.start();
  w.dispatcher->set_uplink(false);
  const auto id = w.store();
  const auto next = w.store();
  w.run_for(seconds{5});
  CHECK_TRUE(w.world.run(w.outbox->cancel(id, 1)).has_value());
  w.dispatcher->set_uplink(true);
  w.run_for(seconds{5});
  CHECK(w.state(id) == State::cancelled);
  CHECK(w.state(next) == State::sent);
  CHECK_EQUAL(1, only->sent.size());
}

TEST(DispatcherWakesUp, theOperatorIsToldWithinThreeMinutesThatNoPathWorks) {
  w.start();
  w.dispatcher->set_uplink(false);
  w.store();
  w.run_for(minutes{3});
  CHECK(w.observer.paths == std::vector{false});
  w.dispatcher->set_uplink(true);
  w.run_for(seconds{1});
  CHECK(w.observer.paths == (std::vector{false, true}));
}

TEST(DispatcherWakesUp, theOperatorIsToldOnceWhenEveryProviderFails) {
  only->otherwise = [] { return ScriptedProvider::Step{.outcome = account}; };
  w.start();
  w.store();
  w.run_for(minutes{3});
  CHECK(w.observer.paths == std::vector{false});
  w.run_for(minutes{30});  // probes come and fail
  CHECK(w.observer.paths == std::vector{false});
  only->otherwise = nullptr;
  w.run_for(minutes{3});
  CHECK(w.observer.paths == (std::vector{false, true}));
  CHECK(w.observer.breakers.front() == (std::pair<std::string, bool>{"only", true}));
  CHECK(w.observer.breakers.back() == (std::pair<std::string, bool>{"only", false}));
}

TEST(DispatcherWakesUp, aFallbackIsToldOnceAndItsEndToo) {
  auto& second = w.add("second");
  only->will(unavailable, 3);
  w.start();
  for (int i = 0; i < 6; ++i) {
    w.store();
    w.run_for(seconds{2});
  }
  CHECK_EQUAL(3, second.sent.size());
  CHECK(w.observer.fallbacks == (std::vector{true, false}));
}

TEST(DispatcherWakesUp, aMessageThatThePrimaryCannotCarryIsNoFallback) {
  w.add("second");
  only->will(refused);
  w.start();
  w.store();
  w.run_for(seconds{2});
  CHECK_TRUE(w.observer.fallbacks.empty());
}
