#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using relay::providers::Finding;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

TEST_GROUP(Dispatcher) {
  DispatchWorld w;
  ScriptedProvider* first = nullptr;
  ScriptedProvider* second = nullptr;

  void setup() override {
    first = &w.add("first");
    auto traits = ScriptedProvider::traits_of("second");
    traits.needs_uplink = false;
    second = &w.add(traits);
  }
  void start() { w.start(); }
  int checked = 0;
  Task<> check_journal(MessageId id, std::int32_t attempt) {
    auto record = co_await w.outbox->find(id, std::nullopt);
    CHECK_TRUE(record.has_value());
    CHECK(record->message.state == State::sending);
    CHECK_EQUAL(attempt, static_cast<std::int32_t>(record->attempts.size()));
    CHECK_FALSE(record->attempts.back().outcome.has_value());
    ++checked;
  }
  std::size_t sends() const { return first->sent.size() + second->sent.size(); }
  void all_down(int times) { first->will(unavailable, times), second->will(unavailable, times); }
};

TEST(Dispatcher, aMessageLeavesByTheFirstProviderAtOnce) {
  start();
  const auto id = w.store();
  w.run_for(Millis{500});
  CHECK_EQUAL(1, first->sent.size());
  CHECK_EQUAL(0, second->sent.size());
  const auto record = w.record(id);
  CHECK(record.message.state == State::sent);
  CHECK_EQUAL(1, record.attempts.size());
  CHECK(record.attempts[0].outcome == accepted);
  STRCMP_EQUAL("first-1", record.attempts[0].provider_ref.c_str());
  CHECK(w.observer.moves == (std::vector<std::pair<MessageId, State>>{{id, State::sent}}));
}

TEST(Dispatcher, failoverGoesDownTheChainInOrder) {
  for (const Outcome outcome : {unavailable, refused, account, throttled}) {
    DispatchWorld world;
    auto& one = world.add("one");
    auto& two = world.add("two");
    auto& three = world.add("three");
    world.start();
    one.will(outcome), two.will(outcome);
    const auto id = world.store();
    world.run_for(seconds{2});
    CHECK(world.state(id) == State::sent);
    CHECK(one.sent.size() == 1 && two.sent.size() == 1 && three.sent.size() == 1);
    CHECK(one.sent[0].at < two.sent[0].at && two.sent[0].at < three.sent[0].at);
    CHECK(three.sent[0].at - one.sent[0].at < seconds{1});
    CHECK_EQUAL(3, world.record(id).attempts.size());
  }
}

TEST(Dispatcher, everyPhysicalSendIsInTheJournalBeforeItsFirstByte) {
  first->on_send = second->on_send = [this](MessageId id, std::int32_t attempt) { return check_journal(id, attempt); };
  all_down(2);
  start();
  w.store(MessageClass::alarm), w.store(MessageClass::otp), w.store(MessageClass::once), w.store();
  w.run_for(minutes{5});
  CHECK_EQUAL(static_cast<int>(sends()), checked);
  CHECK(checked >= 8);
}

TEST(Dispatcher, anAlarmOfUnknownOutcomeGoesOnAndSaysThatItIsARepeat) {
  first->will(unknown);
  start();
  const auto id = w.store(MessageClass::alarm);
  w.run_for(seconds{10});
  CHECK_EQUAL(1, second->sent.size());
  CHECK_FALSE(first->sent[0].marked_as_repeat);
  CHECK_TRUE(second->sent[0].marked_as_repeat);
  CHECK(w.state(id) == State::sent);
  CHECK_EQUAL(2, w.record(id).message.copies);
}

TEST(Dispatcher, anAlarmIsOutThreeTimesAtMost) {
  first->will(unknown, 10), second->will(unknown, 10);
  start();
  const auto id = w.store(MessageClass::alarm);
  w.run_for(minutes{10});
  CHECK_EQUAL(3, sends());
  CHECK(w.state(id) == State::unknown);
}

TEST(Dispatcher, aCodeOfUnknownOutcomeIsResentAfterSettlingIfItsLifeAllows) {
  first->will(unknown);
  start();
  const auto id = w.store(MessageClass::otp);
  w.run_for(seconds{4});
  CHECK_EQUAL(1, sends());
  w.run_for(seconds{4});
  CHECK_EQUAL(2, sends());
  CHECK(w.state(id) == State::sent);

  first->steps.clear();
  first->will(unknown);
  const auto short_lived = w.store(MessageClass::otp, "", [&](Message& m) { m.expires_at = w.now() + seconds{62}; });
  w.run_for(seconds{20});
  CHECK_EQUAL(3, sends());
  CHECK(w.state(short_lived) == State::unknown);
}

TEST(Dispatcher, onceIsNeverResentWithoutProof) {
  first->will(unknown);
  start();
  const auto id = w.store(MessageClass::once);
  w.run_for(hours{20});
  CHECK_EQUAL(1, sends());
  CHECK(w.state(id) == State::unknown);
}

TEST(Dispatcher, infoIsResentOnceAfterAQuarterOfAnHour) {
  first->will(unknown, 2);
  start();
  const auto id = w.store();
  w.run_for(minutes{15} - seconds{1});
  CHECK_EQUAL(1, sends());
  w.run_for(seconds{3});
  CHECK_EQUAL(2, sends());
  w.run_for(hours{20});
  CHECK_EQUAL(2, sends());
  CHECK(w.state(id) == State::unknown);
}

TEST(Dispatcher, anAttemptCutByPowerLossIsUnknownAfterTheRestart) {
  struct Row {
    MessageClass message_class;
    std::size_t sends_in_all;
    State state;
  };
  for (const Row row : {Row{MessageClass::alarm, 2, State::sent}, Row{MessageClass::otp, 2, State::sent},
                        Row{MessageClass::once, 1, State::unknown}, Row{MessageClass::info, 2, State::sent}}) {
    DispatchWorld world;
    auto& provider = world.add("only");
    provider.steps = {{.after = seconds{8}}};
    world.start();
    const auto id = world.store(row.message_class);
    world.run_for(seconds{1});
    CHECK_EQUAL(1, provider.sent.size());
    world.crash();
    world.run_for(minutes{20});
    CHECK_EQUAL(row.sends_in_all, provider.sent.size());
    const auto record = world.record(id);
    CHECK(record.message.state == row.state);
    CHECK(record.attempts[0].outcome == unknown);
    STRCMP_EQUAL("interrupted", record.attempts[0].code.c_str());
    if (row.message_class == MessageClass::alarm) CHECK_TRUE(provider.sent[1].marked_as_repeat);
  }
}

TEST(Dispatcher, whatWasUnknownIsAskedAboutAfterEveryRestart) {
  struct Row {
    Millis crash_after;
    std::size_t sends_in_all;
    Finding::Kind found;
    State state;
  };
  for (const Row row : {Row{seconds{12}, 1, Finding::Kind::accepted, State::sent},
                        Row{minutes{15} - Millis{500}, 1, Finding::Kind::accepted, State::sent},
                        Row{seconds{12}, 2, Finding::Kind::not_sent, State::sent}}) {
    DispatchWorld world;
    auto traits = ScriptedProvider::traits_of("asked");
    traits.can_look_up = true;
    auto& provider = world.add(traits);
    provider.will(unknown);
    world.start();
    const auto id = world.store();
    world.run_for(row.crash_after);
    const auto asked = provider.looked_up.size();
    for (int crash = 0; crash < 2; ++crash) {  // the questions of both starts find nobody
      world.crash();
      world.run_for(seconds{1});
    }
    CHECK_EQUAL(asked, provider.looked_up.size());
    provider.findings = {Finding{.kind = row.found, .provider_ref = "ref", .receipt_refs = {"ref"}}};
    world.run_for(minutes{2});
    CHECK_EQUAL(asked + 1, provider.looked_up.size());
    CHECK_EQUAL(row.sends_in_all, provider.sent.size());
    CHECK(world.state(id) == row.state);
  }
}

TEST(Dispatcher, aStartWaitsForManyInDoubtAsForOne) {
  DispatchWorld world;
  auto traits = ScriptedProvider::traits_of("asked");
  traits.can_look_up = true;
  auto& provider = world.add(traits);
  constexpr int many = 100;
  provider.will(unknown, many);
  world.dispatch_settings.breaker.failures_in_a_row = world.dispatch_settings.breaker.failures_in_window = 1'000;
  world.start();
  for (int i = 0; i < many; ++i) world.store();
  world.run_for(minutes{15} - Millis{500});
  CHECK_EQUAL(many, provider.sent.size());
  const auto before = world.steady();
  world.crash();
  CHECK(world.steady() - before < seconds{1});
  world.run_for(seconds{35});
  CHECK_EQUAL(many, provider.sent.size());  // they wait for the answers
}

TEST(Dispatcher, aMessageThatWaitsInMemoryExpiresInTimeAndNeverLeaves) {
  first->why_not_ready = "off", second->why_not_ready = "off";
  start();
  const auto id = w.store(MessageClass::otp);
  w.run_for(minutes{5} + seconds{20});
  CHECK(w.state(id) == State::expired);
  first->why_not_ready.reset();
  w.dispatcher->readiness_changed();
  w.run_for(minutes{1});
  CHECK_EQUAL(0, sends());
}

TEST(Dispatcher, aMessageThatWaitsForItsTurnInTheOutboxExpiresInTime) {
  all_down(1000);
  start();
  const auto id = w.store(MessageClass::info, "", [&](Message& m) { m.expires_at = w.now() + minutes{30}; });
  w.run_for(minutes{30} + seconds{20});
  CHECK(w.state(id) == State::expired);
  for (const auto& sent : first->sent) CHECK(sent.life_left > Millis{0});
}

TEST(Dispatcher, aSendsTimeEndsWithTheMessagesLife) {
  start();
  w.store(MessageClass::info, "", [&](Message& m) { m.expires_at = w.now() + seconds{7}; });
  w.run_for(seconds{1});
  CHECK(first->sent[0].deadline - first->sent[0].at == first->sent[0].life_left);
  w.store(MessageClass::info);
  w.store(MessageClass::alarm);
  w.run_for(seconds{1});
  CHECK(first->sent[1].deadline - first->sent[1].at == seconds{30});
  CHECK(first->sent[2].deadline - first->sent[2].at == seconds{10});
}

TEST(Dispatcher, perRecipientTheOrderHoldsUnderRetryAndFailover) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    DispatchWorld world(seed);
    auto& one = world.add("one");
    auto& two = world.add("two");
    fakes::SeededRandom random(seed);
    const auto mostly_down = [&random] {
      return ScriptedProvider::Step{.outcome = random.below(10) < 7 ? unavailable : accepted,
                                    .after = Millis{1 + static_cast<std::int64_t>(random.below(900))}};
    };
    one.otherwise = two.otherwise = mostly_down;
    world.start();
    std::vector<MessageId> ids;
    for (int i = 0; i < 30; ++i) {
      ids.push_back(world.store(MessageClass::info, "+155500", [i](Message& m) { m.app = 1 + i % 3; }));
      world.run_for(Millis{static_cast<std::int64_t>(random.below(3'000))});
    }
    world.run_for(hours{6});
    std::vector<std::pair<SteadyTime, MessageId>> taken;
    for (const auto* provider : {&one, &two}) {
      for (const auto& sent : provider->sent) {
        if (sent.outcome == accepted) taken.emplace_back(sent.at, sent.message);
      }
    }
    std::ranges::sort(taken);
    CHECK_EQUAL(30, taken.size());
    for (std::size_t i = 0; i < taken.size(); ++i) CHECK(taken[i].second == ids[i]);
  }
}

TEST(Dispatcher, attemptsAreBounded) {
  first->otherwise =
      second->otherwise = [] { return ScriptedProvider::Step{.outcome = unavailable, .after = Millis{1}}; };
  w.dispatch_settings.retry = {.first = Millis{1}, .most = Millis{2}, .budget_per_second = 1e6, .budget_depth = 1e6};
  w.dispatch_settings.breaker.failures_in_a_row = 1'000'000;
  w.dispatch_settings.breaker.failures_in_window = 1'000'000;
  start();
  const auto id = w.store(MessageClass::otp);
  w.run_for(minutes{4});
  CHECK_EQUAL(20, sends());
  CHECK(w.state(id) == State::failed);
  STRCMP_EQUAL("attempts_exhausted", w.record(id).message.reason.c_str());
}

TEST(Dispatcher, throttledOnceWaitsForItsProviderAndInfoDoesNot) {
  first->steps = {{.outcome = throttled, .retry_after = seconds{20}}};
  start();
  const auto once = w.store(MessageClass::once);
  w.run_for(seconds{1});
  const auto info = w.store(MessageClass::info);
  w.run_for(seconds{1});
  CHECK(w.state(info) == State::sent);
  CHECK_EQUAL(1, second->sent.size());
  CHECK(w.state(once) == State::queued);
  w.run_for(seconds{20});
  CHECK(w.state(once) == State::sent);
  CHECK_EQUAL(2, first->sent.size());
}

TEST(Dispatcher, refusedForGoodIsNotAskedAgain) {
  first->will(refused);
  second->will(unavailable, 3);
  start();
  const auto id = w.store();
  w.run_for(minutes{2});
  CHECK(w.state(id) == State::sent);
  CHECK_EQUAL(1, first->sent.size());
  CHECK_EQUAL(4, second->sent.size());
}

TEST(Dispatcher, refusedByAllFails) {
  first->will(refused), second->will(refused);
  start();
  const auto id = w.store();
  w.run_for(seconds{5});
  CHECK(w.state(id) == State::failed);
  CHECK_EQUAL(2, sends());
}

TEST(Dispatcher, anOptOutStopsTheChain) {
  first->steps = {{.outcome = recipient_refused, .opted_out = true}};
  start();
  const auto id = w.store(MessageClass::alarm);
  w.run_for(seconds{5});
  CHECK(w.state(id) == State::blocked);
  CHECK_EQUAL(1, sends());
}

TEST(Dispatcher, stopLetsAttemptsEndAndStartsNoMore) {
  first->steps = {{.after = seconds{2}}};
  start();
  const auto id = w.store();
  w.run_for(Millis{100});
  const SteadyTime before = w.steady();
  w.stop(seconds{10});
  CHECK(w.steady() - before < seconds{3});
  CHECK(w.state(id) == State::sent);
  const auto next = w.store();
  w.run_for(seconds{5});
  CHECK(w.state(next) == State::queued);
}

TEST(Dispatcher, anAttemptCutByTheStopIsSettledByTheNextStart) {
  first->steps = {{.after = seconds{25}}};
  start();
  const auto id = w.store(MessageClass::once);
  w.run_for(Millis{100});
  w.stop(seconds{1});
  CHECK(w.state(id) == State::sending);
  start();
  w.run_for(minutes{16});
  CHECK(w.state(id) == State::unknown);
  CHECK_EQUAL(1, sends());
}
