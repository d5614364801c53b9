#include <CppUTest/TestHarness.h>

#include "relay/message/transitions.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;

TEST_GROUP(OutboxDeliver) {
  OutboxWorld w;
  void setup() override { w.open(); }

  DueBatch due(int limit, int per_recipient, std::vector<MessageId> in_memory) {
    return w.run(w.outbox->due(Lane::rest, 1, w.now(), limit, per_recipient, std::move(in_memory))).value();
  }
};

TEST(OutboxDeliver, dueMessagesComeByDueThenId) {
  Message late = w.message("+1555000001");
  late.due = w.now() + Millis{10'000};
  const auto a = w.store("+1555000002");
  w.store(late);
  const auto b = w.store("+1555000003");
  const auto other_app = w.store("+1555000004", MessageClass::info, 2);
  const auto alarm = w.store("+1555000005", MessageClass::alarm);
  CHECK(w.due() == (std::vector{a, b}));
  CHECK(w.due(2) == std::vector{other_app});
  CHECK(w.due(1, Lane::alarm) == std::vector{alarm});
  CHECK(w.run(w.outbox->next_due(w.now())).value() == late.due);
  w.world.run_for(Millis{10'000});
  CHECK(w.due() == (std::vector{a, b, late.id}));
  CHECK_FALSE(w.run(w.outbox->next_due(w.now())).value().has_value());
  const auto feeds = w.run(w.outbox->queued_feeds()).value();
  CHECK(feeds == (std::vector<std::pair<Lane, AppId>>{{Lane::alarm, 1}, {Lane::rest, 1}, {Lane::rest, 2}}));
}

TEST(OutboxDeliver, theLimitAndWhatTheCallerHoldsAreRespected) {
  const auto a = w.store("+1555000001");
  const auto b = w.store("+1555000002");
  const auto c = w.store("+1555000003");
  const auto two = due(2, 4, {});
  CHECK(two.messages.size() == 2 && two.messages[0].id == a && two.more);
  const auto rest = due(2, 4, {a, b});
  CHECK(rest.messages.size() == 1 && rest.messages[0].id == c && !rest.more && !rest.held_back);
}

TEST(OutboxDeliver, aMessageWaitsForItsUnfinishedPredecessor) {
  const auto first = w.store("+1555000001");
  const auto second = w.store("+1555000001");
  const auto third = w.store("+1555000001");
  auto batch = due(10, 2, {});
  CHECK(batch.messages.size() == 2 && batch.held_back);
  CHECK(batch.messages[0].id == first && batch.messages[1].id == second);

  w.begin(first);  // sending, and not in the caller's memory
  batch = due(10, 8, {});
  CHECK(batch.messages.empty() && batch.held_back);
  CHECK_EQUAL(2, due(10, 8, {first}).messages.size());
  auto start = AttemptStart{second, "cloud", w.world.clock.wall(), true};
  CHECK(w.run(w.outbox->begin_attempt(start)).error().code == ErrorCode::conflict);

  // An unknown outcome does not hold its successors back.
  w.end(w.end_of(first, 1, Outcome::unknown, State::queued));
  CHECK(w.run(w.outbox->begin_attempt(start)).has_value());
  CHECK(due(10, 8, {second}).messages.at(0).id == third);
}

TEST(OutboxDeliver, alarmsAreNeverHeldBack) {
  w.store("+1555000001", MessageClass::alarm);
  w.store("+1555000001", MessageClass::alarm);
  const auto batch = w.run(w.outbox->due(Lane::alarm, 1, w.now(), 10, 1, {})).value();
  CHECK_EQUAL(2, batch.messages.size());
}

TEST(OutboxDeliver, aLongQueueBehindOneRecipientIsWalkedInSteps) {
  const auto first = w.store("+1555000001");
  w.begin(first);
  Submission s;
  s.app = 1;
  for (int i = 0; i < 2500; ++i) s.messages.push_back(w.message("+1555000001"));
  CHECK(w.run(w.outbox->submit(std::move(s))).has_value());
  const auto free = w.store("+1555000002");
  auto batch = due(10, 4, {});
  CHECK(batch.messages.empty() && batch.more && batch.held_back);
  batch = due(10, 4, {});
  CHECK(batch.messages.size() == 1 && batch.messages[0].id == free && !batch.more);
}

TEST(OutboxDeliver, attemptsAreJournalledAndTheirOutcomesKept) {
  const auto id = w.store("+1555000001");
  const auto attempt = w.begin(id, "modem");
  CHECK_EQUAL(1, attempt.number);
  CHECK(w.state(id) == State::sending);
  CHECK_FALSE(w.find(id).attempts.at(0).outcome.has_value());

  auto e = w.end_of(id, 1, Outcome::unavailable, State::queued);
  e.code = "CMS 38";
  e.detail = "network out of order";
  e.reason = "retrying";
  CHECK(w.end(e) == State::queued);
  CHECK_EQUAL(2, w.begin(id, "cloud").number);
  e = w.end_of(id, 2, Outcome::accepted, State::sent);
  e.provider_ref = "SM1";
  e.cost = "0.0079 USD";
  CHECK(w.end(e) == State::sent);

  const auto record = w.find(id);
  CHECK_EQUAL(2, record.message.attempts);
  CHECK_EQUAL(1, record.message.copies);
  CHECK_EQUAL(2, record.attempts.size());
  const Attempt& first = record.attempts[0];
  CHECK(first.number == 1 && first.outcome == Outcome::unavailable && first.duration == Millis{120});
  STRCMP_EQUAL("modem", first.provider.c_str());
  STRCMP_EQUAL("CMS 38", first.code.c_str());
  STRCMP_EQUAL("network out of order", first.detail.c_str());
  const Attempt& second = record.attempts[1];
  CHECK(second.number == 2 && second.outcome == Outcome::accepted);
  STRCMP_EQUAL("SM1", second.provider_ref.c_str());
  STRCMP_EQUAL("0.0079 USD", second.cost.c_str());
  STRCMP_EQUAL("", second.detail.c_str());
  CHECK(w.counters_hold());
}

TEST(OutboxDeliver, anAttemptNeedsAQueuedMessageAndEndsOnce) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  CHECK(w.run(w.outbox->begin_attempt({id, "x", w.world.clock.wall(), false})).error().code == ErrorCode::conflict);
  CHECK(w.run(w.outbox->end_attempt(w.end_of(id, 2, Outcome::accepted, State::sent))).error().code ==
        ErrorCode::conflict);
  w.end(w.end_of(id, 1, Outcome::unknown, State::unknown));
  CHECK(w.run(w.outbox->end_attempt(w.end_of(id, 1, Outcome::accepted, State::sent))).error().code ==
        ErrorCode::conflict);
  CHECK(w.run(w.outbox->begin_attempt({id, "x", w.world.clock.wall(), false})).error().code == ErrorCode::conflict);
  CHECK(w.run(w.outbox->begin_attempt({MessageId{9}, "x", w.world.clock.wall(), false})).error().code ==
        ErrorCode::not_found);
  CHECK(w.state(id) == State::unknown);
  CHECK_EQUAL(1, w.find(id).message.copies);
}

/// Brings a new message to `state`.
static MessageId message_in(OutboxWorld& w, State state) {
  const auto id = w.store("+1555000001", MessageClass::alarm);
  if (state == State::queued) return id;
  w.begin(id);
  if (state == State::sending) return id;
  if (state == State::cancelled) {
    w.end(w.end_of(id, 1, Outcome::unavailable, State::queued));
    CHECK(w.run(w.outbox->move(id, State::queued, State::cancelled, "", {})).has_value());
  } else {
    w.end(w.end_of(id, 1, Outcome::accepted, state));
  }
  return id;
}

TEST(OutboxDeliver, everyMoveIsLawfulOrRefused) {
  for (int from = 0; from < state_count; ++from) {
    for (int to = 0; to < state_count; ++to) {
      const auto a = static_cast<State>(from);
      const auto b = static_cast<State>(to);
      const auto id = message_in(w, a);
      const auto due_then = w.now() + Millis{77};
      const auto moved = w.run(w.outbox->move(id, a, b, "why", due_then));
      const bool waits_longer = a == b && !is_final(a);
      CHECK_EQUAL(is_lawful(a, b) || waits_longer, moved.has_value());
      CHECK(w.state(id) == (moved ? b : a));
      if (!moved) CHECK(moved.error().code == ErrorCode::conflict);
      if (moved) CHECK(w.find(id).message.due == due_then);
    }
  }
  CHECK(w.counters_hold());
}

TEST(OutboxDeliver, aMoveFromAnotherStateIsAConflict) {
  const auto id = w.store("+1555000001");
  const auto moved = w.run(w.outbox->move(id, State::sent, State::unconfirmed, "", {}));
  CHECK(moved.error().code == ErrorCode::conflict);
  STRCMP_CONTAINS("is queued, not sent", moved.error().message.c_str());
}

TEST(OutboxDeliver, theClocksWorkIsFound) {
  Message short_lived = w.message("+1555000001");
  short_lived.expires_at = w.now() + Millis{60'000};
  w.store(short_lived);
  w.store("+1555000002");
  const auto sent = w.sent({"ref"}, "+1555000003");  // its window ends after 5 min
  const auto overdue = [this] {
    std::vector<MessageId> ids;
    for (const auto& m : w.run(w.outbox->overdue(w.now(), 10)).value()) ids.push_back(m.id);
    return ids;
  };
  CHECK(overdue().empty());
  w.world.run_for(Millis{60'000});
  CHECK(overdue() == std::vector{short_lived.id});
  CHECK(overdue() == std::vector{short_lived.id});  // until it is moved
  CHECK(w.run(w.outbox->move(short_lived.id, State::queued, State::expired, "expired", {})).has_value());
  CHECK(overdue().empty());
  w.world.run_for(Millis{300'000});
  CHECK(overdue() == std::vector{sent});
  w.world.run_for(std::chrono::hours{24});
  CHECK_EQUAL(2, overdue().size());
  CHECK_EQUAL(1, w.run(w.outbox->overdue(w.now(), 1)).value().size());
}

TEST(OutboxDeliver, whatACrashLeftInSendingIsFoundWithItsAttempts) {
  const auto a = w.store("+1555000001");
  const auto b = w.store("+1555000002");
  w.store("+1555000003");
  w.begin(b);
  w.begin(a);
  w.kill();
  w.open();
  const auto left = w.run(w.outbox->interrupted()).value();
  CHECK_EQUAL(2, left.size());
  CHECK(left[0].message.id == a && left[1].message.id == b);
  CHECK(left[0].attempts.size() == 1 && !left[0].attempts[0].outcome);
}

TEST(OutboxDeliver, queuedMessagesOfWhichACopyMayBeOutAreInDoubt) {
  const auto unknown = w.store("+1555000001");
  const auto refused = w.store("+1555000002");
  const auto sent = w.store("+1555000003");
  w.store("+1555000004");
  for (const auto id : {unknown, refused, sent}) w.begin(id);
  w.end(w.end_of(unknown, 1, Outcome::unknown, State::queued));
  w.end(w.end_of(refused, 1, Outcome::unavailable, State::queued));
  w.end(w.end_of(sent, 1, Outcome::accepted, State::sent));
  w.kill();
  w.open();
  const auto in_doubt = w.run(w.outbox->in_doubt({"other", "cloud"}, 10)).value();
  CHECK_EQUAL(1, in_doubt.size());
  CHECK(in_doubt[0].message.id == unknown);
  CHECK(in_doubt[0].attempts.size() == 1 && in_doubt[0].attempts[0].outcome == Outcome::unknown);
  CHECK(w.run(w.outbox->in_doubt({"other"}, 10)).value().empty());
}

TEST(OutboxDeliver, proofThatItWasSentMakesItSent) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  w.end(w.end_of(id, 1, Outcome::unknown, State::queued));
  AttemptProof proof{.message = id,
                     .number = 1,
                     .was_sent = true,
                     .provider_ref = "SM9",
                     .receipt_refs = {"SM9"},
                     .code = "200",
                     .due = w.now() + Millis{1000},
                     .at = w.world.clock.wall()};
  CHECK(w.run(w.outbox->prove(proof)).value() == State::sent);
  const auto record = w.find(id);
  CHECK(record.attempts[0].outcome == Outcome::accepted && record.message.copies == 1 &&
        record.message.due == proof.due);
  CHECK(w.run(w.outbox->prove(proof)).error().code == ErrorCode::conflict);
  CHECK(w.apply(w.receipt("SM9", ReceiptStatus::delivered)).state == State::delivered);
  CHECK(w.counters_hold());
}

TEST(OutboxDeliver, proofWithoutReceiptsEndsItUnconfirmed) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  w.end(w.end_of(id, 1, Outcome::unknown, State::queued));
  AttemptProof proof{.message = id, .number = 1, .was_sent = true};
  CHECK(w.run(w.outbox->prove(proof)).value() == State::unconfirmed);
}

TEST(OutboxDeliver, proofThatItWasNotSentGivesTheCopyBack) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  w.end(w.end_of(id, 1, Outcome::unknown, State::queued));
  w.begin(id);
  w.end(w.end_of(id, 2, Outcome::unknown, State::queued));
  AttemptProof proof{.message = id, .number = 1, .was_sent = false};
  proof.due = w.now() + Millis{5};
  CHECK(w.run(w.outbox->prove(proof)).value() == State::queued);
  const auto record = w.find(id);
  CHECK(record.attempts[0].outcome == Outcome::unavailable && record.attempts[1].outcome == Outcome::unknown);
  CHECK(record.message.copies == 1 && record.message.due == proof.due);
}

TEST(OutboxDeliver, anAttemptThatWasUnderWayHeedsTheProofOfTheOneBefore) {
  const auto id = w.store("+1555000001");
  w.begin(id);
  w.end(w.end_of(id, 1, Outcome::unknown, State::queued));
  w.begin(id);
  AttemptProof proof{.message = id,
                     .number = 1,
                     .was_sent = true,
                     .provider_ref = "7",
                     .receipt_refs = {"7"},
                     .due = w.now() + Millis{50'000},
                     .at = w.world.clock.wall()};
  CHECK(w.run(w.outbox->prove(proof)).value() == State::sending);
  CHECK(w.end(w.end_of(id, 2, Outcome::unavailable, State::queued)) == State::sent);
  const auto record = w.find(id);
  CHECK(record.attempts[0].outcome == Outcome::accepted && record.attempts[1].outcome == Outcome::unavailable);
  CHECK(record.message.due == proof.due && record.message.copies == 1);
  CHECK(w.apply(w.receipt("7", ReceiptStatus::delivered)).state == State::delivered);
  CHECK(w.counters_hold());
}

TEST(OutboxDeliver, aMessageThatIsOutDoesNotFailAfterwards) {
  for (const State next : {State::queued, State::failed, State::unknown}) {
    const auto id = w.store("+1555000001");
    w.begin(id);
    w.end(w.end_of(id, 1, Outcome::unknown, State::queued));
    w.begin(id);
    AttemptProof proof{.message = id, .number = 1, .was_sent = true};
    CHECK(w.run(w.outbox->prove(proof)).value() == State::sending);
    const Outcome outcome = next == State::unknown ? Outcome::unknown : Outcome::unavailable;
    CHECK(w.end(w.end_of(id, 2, outcome, next)) == State::unconfirmed);
  }
  CHECK(w.counters_hold());
}
