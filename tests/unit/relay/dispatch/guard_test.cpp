#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

namespace {

constexpr const char* person = "+1555000001";

}  // namespace

TEST_GROUP(DispatchGuard) {
  DispatchWorld w;
  ScriptedProvider* first = nullptr;
  ScriptedProvider* second = nullptr;

  void setup() override {
    first = &w.add("first");
    second = &w.add("second");
  }
  void opt_out() { CHECK(w.world.run(w.outbox->add_opt_out({person, "api", w.world.clock.wall()})).has_value()); }
  /// The application that the world's messages are from.
  void limit(std::int64_t parts) {
    outbox::Application a;
    a.name = "panel";
    a.daily_limit = parts;
    LONGS_EQUAL(1, w.world.run(w.outbox->add_application(a)).value().id);
  }
  MessageId store_long_lived(std::string to = "") {
    return w.store(MessageClass::info, std::move(to), [this](Message& m) { m.expires_at = w.now() + hours{72}; });
  }
  void to_tomorrow() { w.run_for(outbox::end_of_day(w.now()) - w.now() + seconds{5}); }
  std::size_t sends() const { return first->sent.size() + second->sent.size(); }
  std::string reason(MessageId id) { return w.record(id).message.reason; }
};

TEST(DispatchGuard, anOptOutThatRacesAQueuedMessageWins) {
  for (const auto c : all_message_classes) {
    DispatchWorld world;
    auto& provider = world.add("cloud");
    provider.why_not_ready = "not yet";
    world.start();
    const auto id = world.store(c, person);
    world.run_for(seconds{1});
    CHECK(world.world.run(world.outbox->add_opt_out({person, "api", world.world.clock.wall()})).has_value());
    provider.why_not_ready.reset();
    world.dispatcher->readiness_changed();
    world.run_for(seconds{1});
    CHECK(world.state(id) == State::blocked);
    STRCMP_EQUAL("opted_out", world.record(id).message.reason.c_str());
    CHECK(provider.sent.empty());
    CHECK(world.observer.moves == (std::vector<std::pair<MessageId, State>>{{id, State::blocked}}));
    const auto next = world.store(c, "+1555000002");  // the provider's place is free again
    world.run_for(seconds{1});
    CHECK(world.state(next) == State::sent);
  }
}

TEST(DispatchGuard, whatOneProviderIsToldHoldsForAllAndAcrossRestarts) {
  first->steps = {{.outcome = recipient_refused, .opted_out = true}};
  w.start();
  const auto refused = w.store(MessageClass::info, person);
  const auto behind_it = w.store(MessageClass::info, person);
  w.run_for(seconds{5});
  CHECK(w.state(refused) == State::blocked && w.state(behind_it) == State::blocked);
  CHECK_EQUAL(1, sends());
  w.crash();
  CHECK_EQUAL(1, w.world.run(w.outbox->list_opt_outs("", 9)).value().size());
}

TEST(DispatchGuard, noCopyFollowsAnOptOutAndNobodySaysThatNothingWasSent) {
  first->will(unknown);
  w.start();
  const auto id = w.store(MessageClass::info, person);
  w.run_for(seconds{5});
  opt_out();
  w.run_for(minutes{20});  // past the settle time, when the resend would be due
  CHECK_EQUAL(1, sends());
  CHECK(w.state(id) == State::unknown);
  STRCMP_EQUAL("opted_out", reason(id).c_str());
}

TEST(DispatchGuard, overTheLimitMessagesWaitForTomorrow) {
  limit(2);
  w.start();
  std::vector<MessageId> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(store_long_lived());
  w.run_for(minutes{1});
  CHECK_EQUAL(2, sends());
  for (int i = 2; i < 5; ++i) {
    CHECK(w.state(ids[i]) == State::queued);
    STRCMP_EQUAL("daily_limit", reason(ids[i]).c_str());
  }
  w.crash();
  w.run_for(minutes{1});
  CHECK_EQUAL(2, sends());
  to_tomorrow();
  CHECK_EQUAL(4, sends());
  to_tomorrow();
  CHECK_EQUAL(5, sends());
}

TEST(DispatchGuard, theOperatorIsToldOnceADay) {
  limit(1);
  w.start();
  for (int i = 0; i < 4; ++i) store_long_lived();
  w.run_for(minutes{1});
  CHECK(w.observer.limits == std::vector<AppId>{1});
  to_tomorrow();
  CHECK(w.observer.limits == (std::vector<AppId>{1, 1}));
}

TEST(DispatchGuard, ordersAreKeptOverTheNight) {
  limit(1);
  w.start();
  std::vector<MessageId> ids;
  for (int i = 0; i < 4; ++i) ids.push_back(store_long_lived(person));
  for (int day = 0; day < 4; ++day) to_tomorrow();
  std::vector<MessageId> left;
  for (const auto& sent : first->sent) left.push_back(sent.message);
  CHECK(left == ids);
}

TEST(DispatchGuard, whatCertainlyDidNotLeaveCostsNothing) {
  limit(1);
  first->will(unavailable, 3), second->will(unavailable, 3);
  w.start();
  const auto id = w.store(MessageClass::alarm);
  w.run_for(minutes{2});
  CHECK(w.state(id) == State::sent);
  CHECK_EQUAL(7, sends());
}

TEST(DispatchGuard, heldMessagesExpireAndOthersAreServed) {
  limit(1);
  w.start();
  store_long_lived();
  w.run_for(seconds{1});
  const auto held = w.store(MessageClass::otp);
  const auto other = w.store(MessageClass::info, "", [](Message& m) { m.app = 2; });
  w.run_for(minutes{6});
  CHECK(w.state(held) == State::expired);
  CHECK(w.state(other) == State::sent);
}

TEST(DispatchGuard, oneApplicationsLimitDoesNotHoldBackAnothersMessagesToThePerson) {
  limit(1);
  w.start();
  store_long_lived();
  w.run_for(seconds{1});
  first->why_not_ready = second->why_not_ready = "not yet";
  w.dispatcher->readiness_changed();
  const auto held = store_long_lived(person);
  const auto waited_with_it = w.store(MessageClass::info, person, [](Message& m) { m.app = 2; });
  first->why_not_ready.reset(), second->why_not_ready.reset();
  w.dispatcher->readiness_changed();
  w.run_for(minutes{1});
  STRCMP_EQUAL("daily_limit", reason(held).c_str());
  const auto came_later = w.store(MessageClass::info, person, [](Message& m) { m.app = 2; });
  w.run_for(minutes{1});
  CHECK(w.state(waited_with_it) == State::sent);
  CHECK(w.state(came_later) == State::sent);
  to_tomorrow();
  CHECK(w.state(held) == State::sent);
}

TEST(DispatchGuard, aRaisedLimitTakesEffectAtOnce) {
  limit(1);
  w.start();
  std::vector<MessageId> ids;
  for (int i = 0; i < 300; ++i) ids.push_back(store_long_lived());
  w.run_for(minutes{1});
  CHECK_EQUAL(1, sends());
  CHECK(w.world.run(w.outbox->set_daily_limit("panel", 0)).value());
  w.run_for(minutes{1});
  CHECK_EQUAL(300, sends());
}
