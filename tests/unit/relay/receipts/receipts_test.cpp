#include "relay/receipts/receipts.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using receipts::ReceiptPoller;
using receipts::Receipts;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_GROUP(ReceiptPoller) {
  DispatchWorld w;
  ScriptedProvider* provider = nullptr;
  std::vector<std::pair<MessageId, State>> finals;
  std::unique_ptr<Receipts> receipts;
  std::unique_ptr<ReceiptPoller> poller;

  void setup() override {
    auto traits = ScriptedProvider::traits_of("cloud");
    traits.can_look_up = true;
    provider = &w.add(traits);
    w.start();
    receipts =
        std::make_unique<Receipts>(w.world.runtime(), *w.outbox,
                                   [this](MessageId id, MessageClass, State state) { finals.emplace_back(id, state); });
  }
  void teardown() override {
    if (poller) w.world.run(poller->stop());
    w.world.run(receipts->stop());
    poller.reset();
  }
  void start() {
    poller = std::make_unique<ReceiptPoller>(w.world.runtime(), *w.outbox, std::vector<providers::Provider*>{provider},
                                             *receipts);
    poller->start();
    w.world.settle();
  }
  /// Sends a message and tells the poller, as the composition root does.
  MessageId accepted() {
    const MessageId id = w.store();
    w.run_for(Millis{500});
    if (poller) {
      const auto record = w.record(id);
      const std::string ref = record.attempts.back().provider_ref;
      poller->accepted(record.message, "cloud",
                       {.outcome = Outcome::accepted, .provider_ref = ref, .receipt_refs = {ref}});
    }
    return id;
  }
  void answer(std::optional<ReceiptStatus> status) {
    provider->findings.push_back({.kind = providers::Finding::Kind::accepted, .status = status});
  }
};

TEST(ReceiptPoller, asksOnAWideningScheduleUntilTheAnswerIsFinal) {
  start();
  const auto id = accepted();
  for (int i = 0; i < 3; ++i) answer(ReceiptStatus::pending);
  answer(ReceiptStatus::delivered);
  w.run_for(minutes{2});
  CHECK_EQUAL(4, provider->looked_up.size());
  const auto& at = provider->looked_up;
  CHECK(at[1] - at[0] == seconds{3} && at[2] - at[1] == seconds{10} && at[3] - at[2] == seconds{45});
  CHECK(w.state(id) == State::delivered);
  CHECK(finals == (std::vector<std::pair<MessageId, State>>{{id, State::delivered}}));
  w.run_for(hours{24});
  CHECK_EQUAL(4, provider->looked_up.size());
}

TEST(ReceiptPoller, withoutAnAnswerItAsksRarelyAndStopsWithTheReceiptWindow) {
  start();
  accepted();
  w.run_for(hours{72});
  CHECK(provider->looked_up.size() >= 10 && provider->looked_up.size() <= 18);
}

TEST(ReceiptPoller, atMostFourQuestionsAreUnderWayAndAllAreAsked) {
  start();
  for (int i = 0; i < 40; ++i) {
    answer(ReceiptStatus::delivered);
    accepted();
  }
  w.run_for(minutes{1});
  CHECK_EQUAL(40, provider->looked_up.size());
  CHECK_EQUAL(40, finals.size());
}

TEST(ReceiptPoller, afterARestartWhatWasMissedIsAskedOncePerMessage) {
  const auto id = accepted();  // nobody watches
  w.run_for(hours{2});
  start();
  answer(ReceiptStatus::failed);
  w.run_for(hours{2});
  CHECK_EQUAL(1, provider->looked_up.size());
  CHECK(w.state(id) == State::failed);
}

TEST(ReceiptPoller, aReceiptThatCameFromElsewhereEndsTheQuestions) {
  start();
  const auto id = accepted();
  receipts->take({.provider = "cloud",
                  .ref = w.record(id).attempts.back().provider_ref,
                  .status = ReceiptStatus::delivered,
                  .at = w.world.clock.wall()});
  w.run_for(hours{1});
  CHECK(w.state(id) == State::delivered);
  CHECK_EQUAL(0, provider->looked_up.size());
}

TEST(ReceiptPoller, anIdlePollerSleeps) {
  start();
  w.run_for(minutes{1});
  const auto before = w.world.handlers_run();
  w.run_for(hours{1});
  CHECK(w.world.handlers_run() - before < 2 * 3600);
}
