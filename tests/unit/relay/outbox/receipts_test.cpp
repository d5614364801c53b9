#include <CppUTest/TestHarness.h>

#include "relay/sqlite/database.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;

TEST_GROUP(OutboxReceipts) {
  OutboxWorld w;
  void setup() override { w.open(); }
};

TEST(OutboxReceipts, aReceiptEndsTheMessage) {
  const auto good = w.sent({"SM1"});
  const auto bad = w.sent({"SM2"});
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::pending)).state == State::sent);
  auto delivered = w.receipt("SM1", ReceiptStatus::delivered);
  delivered.cost = "0.01 EUR";
  const auto result = w.apply(delivered);
  CHECK(result.matched && result.changed && result.message == good && result.state == State::delivered);
  CHECK(w.apply(w.receipt("SM2", ReceiptStatus::failed)).state == State::failed);
  const auto record = w.find(good);
  CHECK(record.message.state == State::delivered);
  CHECK(record.attempts[0].receipt == ReceiptStatus::delivered);
  STRCMP_EQUAL("0.01 EUR", record.attempts[0].cost.c_str());
  CHECK(w.state(bad) == State::failed);
  CHECK(w.counters_hold());
}

TEST(OutboxReceipts, allPartsMustBeDeliveredAndOneFailureFailsAll) {
  const auto id = w.sent({"17", "18", "19"});
  CHECK_FALSE(w.apply(w.receipt("18", ReceiptStatus::delivered)).changed);
  CHECK_FALSE(w.apply(w.receipt("18", ReceiptStatus::delivered)).changed);  // the same part again
  CHECK_FALSE(w.apply(w.receipt("17", ReceiptStatus::delivered)).changed);
  CHECK(w.find(id).attempts[0].receipt == ReceiptStatus::pending);
  CHECK(w.apply(w.receipt("19", ReceiptStatus::delivered)).changed);
  CHECK(w.state(id) == State::delivered);

  const auto half = w.sent({"20", "21"});
  w.apply(w.receipt("20", ReceiptStatus::delivered));
  CHECK(w.apply(w.receipt("21", ReceiptStatus::failed)).changed);
  CHECK(w.state(half) == State::failed);
}

TEST(OutboxReceipts, lateAndContradictoryWordsChangeNothingFinal) {
  const auto id = w.sent({"SM1"});
  w.apply(w.receipt("SM1", ReceiptStatus::delivered));
  const auto late = w.apply(w.receipt("SM1", ReceiptStatus::failed));
  CHECK(late.matched && !late.changed && late.state == State::delivered);
  CHECK(w.state(id) == State::delivered);
  CHECK(w.find(id).attempts[0].receipt == ReceiptStatus::failed);  // on record

  const auto given_up = w.sent({"SM2"});
  CHECK(w.run(w.outbox->move(given_up, State::sent, State::unconfirmed, "", {})).has_value());
  CHECK(w.apply(w.receipt("SM2", ReceiptStatus::delivered)).state == State::unconfirmed);
  CHECK(w.find(given_up).attempts[0].receipt == ReceiptStatus::delivered);
}

TEST(OutboxReceipts, aReceiptMayComeBeforeTheAttemptsEnd) {
  const auto id = w.store("+358401234567");
  w.begin(id);
  CHECK_FALSE(w.apply(w.receipt("17", ReceiptStatus::delivered)).matched);
  w.world.run_for(Millis{30'000});
  auto e = w.end_of(id, 1, Outcome::accepted, State::sent);
  e.receipt_refs = {"17"};
  CHECK(w.end(e) == State::delivered);
  CHECK(w.state(id) == State::delivered);
  CHECK(w.counters_hold());
}

TEST(OutboxReceipts, anEarlyReceiptIsUsedOnceAndForgottenAfterAMinute) {
  w.apply(w.receipt("17", ReceiptStatus::delivered));
  w.sent({"17"}, "+358401111111");
  CHECK(w.outbox->counters().live[2][3] == 0);
  const auto second = w.sent({"17"}, "+358402222222");
  CHECK(w.state(second) == State::sent);

  w.apply(w.receipt("18", ReceiptStatus::failed));
  w.world.run_for(Millis{60'000});
  CHECK(w.state(w.sent({"18"})) == State::sent);
}

TEST(OutboxReceipts, aReceiptProvesAnUnknownAttempt) {
  const auto id = w.store("+358401234567");
  w.begin(id);
  auto e = w.end_of(id, 1, Outcome::unknown, State::queued);
  e.receipt_refs = {"SM1"};
  w.end(e);
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::failed)).state == State::queued);  // says nothing about the next copy
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::pending)).state == State::queued);

  const auto other = w.store("+358401234568");
  w.begin(other);
  e.message = other;
  e.receipt_refs = {"SM2"};
  w.end(e);
  CHECK(w.apply(w.receipt("SM2", ReceiptStatus::delivered)).changed);
  CHECK(w.state(other) == State::delivered);
}

TEST(OutboxReceipts, aReceiptOfAnEarlierAttemptWhileAnotherIsUnderWay) {
  const auto id = w.store("+358401234567");
  w.begin(id, "cloud");
  auto e = w.end_of(id, 1, Outcome::unknown, State::queued);
  e.receipt_refs = {"SM1"};
  w.end(e);
  w.begin(id, "modem");
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::delivered)).state == State::delivered);
  auto second = w.end_of(id, 2, Outcome::accepted, State::sent);
  second.receipt_refs = {"99"};
  CHECK(w.end(second) == State::delivered);
  const auto record = w.find(id);
  CHECK(record.message.copies == 2 && record.attempts[1].outcome == Outcome::accepted);
  CHECK(record.attempts[0].receipt == ReceiptStatus::delivered && !record.attempts[1].receipt);
}

TEST(OutboxReceipts, reusedReferencesAreToldApartByRecipientAndTime) {
  const auto old = w.sent({"7"}, "+358401111111");
  w.world.run_for(Millis{3'600'000});
  const auto newer = w.sent({"7"}, "+358402222222");
  auto r = w.receipt("7", ReceiptStatus::delivered);
  r.recipient_digits = "01111111";
  CHECK(w.apply(r).message == old);
  r.recipient_digits = "999";
  CHECK_FALSE(w.apply(r).matched);
  r = w.receipt("7", ReceiptStatus::delivered);
  r.age = {.heard = w.world.clock.steady(), .at_most = Millis{600'000}};
  CHECK(w.apply(r).message == newer);
  const auto third = w.sent({"8"});
  w.world.run_for(Millis{10'000});
  r = w.receipt("8", ReceiptStatus::delivered);
  r.age = {.heard = w.world.clock.steady(), .at_most = Millis{5'000}};
  CHECK_FALSE(w.apply(r).matched);
  r.age = {.heard = w.world.clock.steady(), .at_least = Millis{60'000}};  // it was on its way for longer than this one
  CHECK_FALSE(w.apply(r).matched);
  CHECK(w.state(third) == State::sent);
  r = w.receipt("8", ReceiptStatus::delivered);
  r.provider = "another";
  CHECK_FALSE(w.apply(r).matched);
}

/// Two messages to one person, ten minutes apart, that their modem gave the same reference.
TEST_GROUP(OutboxReceiptsOfRepeatedReferences) {
  OutboxWorld w;
  MessageId older;
  MessageId newer;

  void setup() override {
    w.open();
    older = sent();
    w.world.run_for(Millis{600'000});
  }

  MessageId sent() {
    const auto id = w.store("+358401234567");
    w.begin(id, "modem");
    auto e = w.end_of(id, 1, Outcome::accepted, State::sent);
    e.receipt_refs = {"2"};
    e.due = w.now() + Millis{3'600'000};
    w.end(e);
    return id;
  }

  /// What the modem hears now of a message that was on its way for so long.
  Receipt report(Millis on_its_way) {
    auto r = w.receipt("2", ReceiptStatus::delivered);
    r.provider = "modem";
    r.recipient_digits = "1234567";
    r.age = {.heard = w.world.clock.steady(), .at_least = on_its_way, .at_most = Millis{3'600'000}};
    return r;
  }
};

TEST(OutboxReceiptsOfRepeatedReferences, theNewestThatIsOldEnoughIsMeant) {
  newer = sent();
  w.world.run_for(Millis{60'000});
  CHECK(w.apply(report(Millis{500'000})).message == older);
  CHECK(w.apply(report(Millis{50'000})).message == newer);
}

TEST(OutboxReceiptsOfRepeatedReferences, aWrongWallClockChangesNothing) {
  newer = sent();
  w.world.run_for(Millis{60'000});
  w.world.clock.jump_wall(-Millis{86'400'000});
  CHECK(w.apply(report(Millis{50'000})).message == newer);
  CHECK(w.apply(report(Millis{500'000})).message == older);
}

TEST(OutboxReceiptsOfRepeatedReferences, whatMayBeAnotherOnesIsNobodysAfterARestartWithAWrongClock) {
  newer = sent();
  w.close();
  w.world.clock.reboot("boot-2");
  w.world.clock.jump_wall(-Millis{300'000});  // of how long it was off nobody knows
  w.open();
  CHECK_FALSE(w.apply(report(Millis{50'000})).matched);
  CHECK(w.state(older) == State::sent && w.state(newer) == State::sent);
}

TEST(OutboxReceiptsOfRepeatedReferences, afterARestartWithARightClockTheyAreToldApart) {
  newer = sent();
  w.close();
  w.world.clock.reboot("boot-2");
  w.world.clock.jump_wall(Millis{100'000});
  w.open();
  CHECK(w.apply(report(Millis{50'000})).message == newer);
}

TEST(OutboxReceiptsOfRepeatedReferences, anAttemptOfUnknownReferenceKeepsWhatMayBeItsOwn) {
  newer = w.store("+358401234567");
  w.begin(newer, "modem");
  w.end(w.end_of(newer, 1, Outcome::unknown, State::unconfirmed));
  const auto stranger = w.store("+358409999999");
  w.begin(stranger, "modem");
  w.end(w.end_of(stranger, 1, Outcome::unknown, State::unconfirmed));
  w.world.run_for(Millis{60'000});
  CHECK_FALSE(w.apply(report(Millis{50'000})).matched);
  CHECK(w.apply(report(Millis{500'000})).message == older);
}

TEST(OutboxReceiptsOfRepeatedReferences, whoIsProvenNotToBeOutKeepsNothing) {
  newer = w.store("+358401234567");
  w.begin(newer, "modem");
  w.end(w.end_of(newer, 1, Outcome::unknown, State::unconfirmed));
  CHECK(w.run(w.outbox->prove({.message = newer, .number = 1, .was_sent = false})).has_value());
  w.world.run_for(Millis{60'000});
  CHECK(w.apply(report(Millis{50'000})).message == older);
}

TEST(OutboxReceipts, whoAwaitsAReceiptIsFoundByProvider) {
  const auto first = w.sent({"SM1"});
  w.world.run_for(Millis{1000});
  const auto second = w.sent({"SM2"});
  w.sent({});  // nothing will come
  const auto answered = w.sent({"SM3"});
  w.apply(w.receipt("SM3", ReceiptStatus::delivered));
  (void)answered;
  const auto found = w.run(w.outbox->awaiting_receipt({"modem", "cloud"}, 10)).value();
  CHECK_EQUAL(2, found.size());
  CHECK(found[0].message.id == first && found[1].message.id == second);
  STRCMP_EQUAL("cloud", found[0].attempts.at(0).provider.c_str());
  CHECK(w.run(w.outbox->awaiting_receipt({"modem"}, 10)).value().empty());
  CHECK_EQUAL(1, w.run(w.outbox->awaiting_receipt({"cloud"}, 1)).value().size());
}

TEST(OutboxReceipts, whatWasAnsweredIsRememberedForAWhileOnly) {
  const auto id = w.sent({"SM0"});
  w.apply(w.receipt("SM0", ReceiptStatus::delivered));
  CHECK(w.apply(w.receipt("SM0", ReceiptStatus::delivered)).message == id);
  Submission s;
  s.app = 1;
  for (int i = 0; i < 512; ++i) s.messages.push_back(w.message("+1555" + std::to_string(i)));
  CHECK(w.run(w.outbox->submit(s)).has_value());
  for (int i = 0; i < 512; ++i) {
    const auto attempt = w.begin(s.messages[static_cast<std::size_t>(i)].id);
    auto e = w.end_of(attempt.message, 1, Outcome::accepted, State::sent);
    e.receipt_refs = {"R" + std::to_string(i)};
    e.urgency = Urgency::now;
    w.end(e);
    CHECK(w.apply(w.receipt(e.receipt_refs[0], ReceiptStatus::delivered)).changed);
  }
  CHECK_FALSE(w.apply(w.receipt("SM0", ReceiptStatus::delivered)).matched);
  CHECK(w.apply(w.receipt("R0", ReceiptStatus::delivered)).matched);
}

TEST(OutboxReceipts, whatIsAwaitedForAPrunedMessageIsSwept) {
  const auto id = w.sent({"SM1"});
  CHECK(w.run(w.outbox->move(id, State::sent, State::unconfirmed, "", {})).has_value());
  const auto waiting = w.sent({"SM2"});
  CHECK_EQUAL(1, w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)).value());
  CHECK_FALSE(w.apply(w.receipt("SM1", ReceiptStatus::delivered)).matched);
  w.close();
  CHECK_EQUAL(1, sqlite::Database::open(w.settings.path)->integer("SELECT count(*) FROM awaited_receipts").value());
  w.open();
  CHECK(w.apply(w.receipt("SM2", ReceiptStatus::delivered)).message == waiting);
}
