#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

/// A provider that takes a message and gives it back unsent, as the bridge does; then a modem.
TEST_GROUP(GivenBack) {
  DispatchWorld w;
  ScriptedProvider* bridge = nullptr;
  ScriptedProvider* modem = nullptr;
  using Names = std::vector<std::string>;

  void setup() override {
    bridge = &w.add("bridge");
    modem = &w.add("modem");
    w.start();
  }
  MessageId accepted(MessageClass message_class = MessageClass::info) {
    const auto id = w.store(message_class);
    w.run_for(seconds{1});
    CHECK(w.state(id) == State::sent);
    return id;
  }
  outbox::ReceiptResult give_back(MessageId id, bool refused = false) {
    const auto last = w.record(id).attempts.back();
    const outbox::Receipt receipt{.provider = last.provider,
                                  .ref = last.provider_ref,
                                  .status = ReceiptStatus::failed,
                                  .at = w.world.clock.wall(),
                                  .refused = refused,
                                  .not_sent = true};
    const auto applied = w.world.run(w.outbox->apply(receipt));
    CHECK(applied.has_value());
    if (applied->moved_on && refused) w.dispatcher->refused_late(id, last.provider, false);
    if (applied->moved_on && !refused) w.dispatcher->given_back(id, last.provider);
    w.run_for(seconds{1});
    return *applied;
  }
  Names tried(MessageId id) {
    Names names;
    for (const auto& attempt : w.record(id).attempts) names.push_back(attempt.provider);
    return names;
  }
};

TEST(GivenBack, theNextProviderHasItAtOnce) {
  const auto id = accepted();
  CHECK(give_back(id).moved_on);
  CHECK(tried(id) == (Names{"bridge", "modem"}));
  const auto record = w.record(id);
  CHECK(record.message.state == State::sent);
  CHECK(record.attempts[0].outcome == unavailable);
  CHECK_EQUAL(1, record.message.copies);
}

TEST(GivenBack, alsoWhatMayGoOutOnceOnly) {
  const auto id = accepted(MessageClass::once);
  CHECK(give_back(id).moved_on);
  CHECK(tried(id) == (Names{"bridge", "modem"}));
  CHECK_EQUAL(1, modem->sent.size());
}

TEST(GivenBack, itIsPassedOverForOnePassOnly) {
  modem->will(unavailable);
  const auto id = accepted();
  (void)give_back(id);
  w.run_for(minutes{2});
  CHECK(tried(id) == (Names{"bridge", "modem", "bridge"}));
}

TEST(GivenBack, whenTheOthersAreDownItIsAskedAgain) {
  modem->why_not_ready = "no SIM";
  w.dispatcher->readiness_changed();
  const auto id = accepted();
  (void)give_back(id);
  CHECK(tried(id) == (Names{"bridge", "bridge"}));
}

TEST(GivenBack, oneThatRefusesIsNotAskedAgain) {
  modem->will(unavailable, 2);
  const auto id = accepted();
  (void)give_back(id, true);
  w.run_for(minutes{5});
  CHECK(tried(id) == (Names{"bridge", "modem", "modem", "modem"}));
  CHECK(w.record(id).attempts[0].outcome == refused);
}

TEST(GivenBack, refusedByTheLastOneItFails) {
  modem->will(refused);
  const auto id = w.store();
  bridge->will(unavailable);
  w.run_for(minutes{2});
  CHECK(w.state(id) == State::sent);  // the modem has refused, the bridge has it at the second pass
  (void)give_back(id, true);
  CHECK(w.state(id) == State::failed);
  STRCMP_EQUAL("refused", w.record(id).message.reason.c_str());
}

TEST(GivenBack, pastItsExpiryItHasFailed) {
  const auto id = w.store(MessageClass::info, "", [this](Message& m) { m.expires_at = w.now() + seconds{10}; });
  w.run_for(seconds{20});
  CHECK_FALSE(give_back(id).moved_on);
  CHECK(w.state(id) == State::failed);
}

TEST(GivenBack, aRepeatOfTheWordChangesNothing) {
  const auto id = accepted();
  const auto first = w.record(id).attempts.back();
  (void)give_back(id);
  const outbox::Receipt again{.provider = "bridge",
                              .ref = first.provider_ref,
                              .status = ReceiptStatus::failed,
                              .at = w.world.clock.wall(),
                              .not_sent = true};
  const auto applied = w.world.run(w.outbox->apply(again));
  CHECK(applied.has_value());
  CHECK_FALSE(applied->moved_on);
  CHECK(w.state(id) == State::sent);
  CHECK_EQUAL(1, w.record(id).message.copies);
}
