#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

/// What an operator orders of the dispatcher.
TEST_GROUP(DispatchOrders) {
  DispatchWorld w;
  ScriptedProvider* first = &w.add("first");
  ScriptedProvider* second = &w.add("second");
};

TEST(DispatchOrders, aPauseKeepsEverythingUntilItEnds) {
  w.start();
  w.dispatcher->set_paused(true);
  const auto id = w.store(MessageClass::alarm);
  w.run_for(minutes{10});
  CHECK_EQUAL(0, first->sent.size());
  w.dispatcher->set_paused(false);
  w.run_for(seconds{1});
  CHECK(w.state(id) == State::sent);
}

TEST(DispatchOrders, aProviderThatIsOffGetsNothingAndIsNoWayOut) {
  w.start();
  CHECK_TRUE(w.dispatcher->set_enabled("first", false));
  CHECK_FALSE(w.dispatcher->set_enabled("third", false));
  w.store();
  w.run_for(seconds{2});
  CHECK_EQUAL(0, first->sent.size());
  CHECK_EQUAL(1, second->sent.size());
  CHECK_FALSE(w.dispatcher->figures()[0].usable);
  CHECK_FALSE(w.dispatcher->figures()[0].enabled);
  w.dispatcher->set_enabled("first", true);
  w.store();
  w.run_for(seconds{2});
  CHECK_EQUAL(1, first->sent.size());
}

TEST(DispatchOrders, aBreakerIsClosedByHand) {
  first->will(account);
  w.start();
  w.store();
  w.run_for(seconds{1});
  CHECK(w.dispatcher->figures()[0].breaker != chain::BreakerState::closed);
  CHECK_TRUE(w.dispatcher->reset_breaker("first"));
  CHECK_FALSE(w.dispatcher->reset_breaker("third"));
  w.store();
  w.run_for(seconds{1});
  CHECK_EQUAL(2, first->sent.size());
}

TEST(DispatchOrders, aTestGoesByItsProviderOnly) {
  second->will(unavailable, 2);
  w.start();
  w.store(MessageClass::otp, "", [this](const Message& message) {
    CHECK_FALSE(w.dispatcher->send_only_by(message.id, "third"));
    CHECK_TRUE(w.dispatcher->send_only_by(message.id, "second"));
  });
  w.run_for(minutes{2});
  CHECK_EQUAL(0, first->sent.size());
  CHECK_EQUAL(3, second->sent.size());
}

TEST(DispatchOrders, aWaitingMessageIsTriedNow) {
  w.start();
  const auto id = w.store(MessageClass::info, "", [this](Message& message) { message.due = w.now() + minutes{30}; });
  w.run_for(minutes{1});
  CHECK_EQUAL(0, first->sent.size());
  CHECK_TRUE(w.world.run(w.dispatcher->retry_now(id)).has_value());
  w.run_for(seconds{1});
  CHECK_EQUAL(1, first->sent.size());
  CHECK(w.world.run(w.dispatcher->retry_now(id)).error().code == ErrorCode::conflict);
}
