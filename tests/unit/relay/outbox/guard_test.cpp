#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;
using Kind = AttemptBegun::Kind;

namespace {

constexpr const char* person = "+1555000001";
constexpr Millis one_day{86'400'000};

}  // namespace

TEST_GROUP(OutboxGuard) {
  OutboxWorld w;
  AppId app = 0;
  void setup() override { w.open(); }

  bool opt_out(std::string number, std::string source = "api") {
    return w.run(w.outbox->add_opt_out({std::move(number), std::move(source), w.world.clock.wall()})).value();
  }
  bool is_opted_out(std::string number) { return w.run(w.outbox->find_opt_out(std::move(number))).has_value(); }
  Kind begin(MessageId id) {
    return w.run(w.outbox->begin_attempt({id, "cloud", w.world.clock.wall(), false})).value().kind;
  }
  bool hear(std::string text, OptOutWord word, std::string fingerprint) {
    InboundMessage m{.provider = "modem", .from = person, .text = std::move(text), .fingerprint = fingerprint};
    m.opt_out_word = word;
    return w.run(w.outbox->store_inbound(std::move(m))).value();
  }
  SubmitResult submit(std::vector<Message> messages, std::optional<IdempotencyKey> key = std::nullopt) {
    Submission s{.app = 1, .messages = std::move(messages), .idempotency = std::move(key), .answer = "all queued"};
    s.render_answer = [](const std::vector<Message>& stored) {
      std::string answer;
      for (const Message& m : stored) answer += m.state == State::blocked ? 'b' : 'q';
      return answer;
    };
    return w.run(w.outbox->submit(std::move(s))).value();
  }
  /// An application that may send so many parts a day.
  void limited(std::int64_t daily_limit) {
    Application a;
    a.name = "panel";
    a.daily_limit = daily_limit;
    app = w.run(w.outbox->add_application(a)).value().id;
  }
  MessageId stored(std::int32_t segments = 1, MessageClass c = MessageClass::info) {
    Message m = w.message("+1555" + std::to_string(w.outbox->next_id().value % 10'000'000), c, app);
    m.segments = segments;
    m.expires_at = w.now() + std::chrono::hours{72};
    return w.store(m);
  }
  void end(MessageId id, int number, Outcome outcome) {
    w.end(w.end_of(id, number, outcome, outcome == Outcome::accepted ? State::sent : State::queued));
  }
  std::int64_t parts() { return w.outbox->counters().parts_today(app, w.now()); }
};

TEST(OutboxGuard, theListKeepsWhoSaidItFirst) {
  CHECK(opt_out(person, "twilio"));
  CHECK_FALSE(opt_out(person));
  CHECK(opt_out("+1555000003"));
  CHECK(opt_out("+1555000002"));
  STRCMP_EQUAL("twilio", w.run(w.outbox->find_opt_out(person)).value().source.c_str());
  const auto first = w.run(w.outbox->list_opt_outs("", 2)).value();
  CHECK(first.size() == 2 && first[1].number == "+1555000002");
  const auto rest = w.run(w.outbox->list_opt_outs(first[1].number, 2)).value();
  CHECK(rest.size() == 1 && rest[0].number == "+1555000003");
  CHECK(w.run(w.outbox->remove_opt_out(person)).value());
  CHECK_FALSE(w.run(w.outbox->remove_opt_out(person)).value());
  CHECK(w.run(w.outbox->find_opt_out(person)).error().code == ErrorCode::not_found);
}

TEST(OutboxGuard, aSubmissionToOneWhoOptedOutIsNotStored) {
  opt_out(person);
  for (const auto c : all_message_classes) {
    CHECK(submit({w.message(person, c)}).kind == SubmitResult::Kind::opted_out);
  }
  CHECK_EQUAL(0, w.outbox->counters().stored_rows);
}

TEST(OutboxGuard, amongSeveralRecipientsThoseWhoOptedOutAreBlockedAtOnce) {
  opt_out(person);
  std::vector<Message> messages{w.message("+1555000002"), w.message(person)};
  messages[1].callback_url = "https://app.lan/hook";
  const auto blocked = messages[1].id;
  const IdempotencyKey key{.key = "k"};
  const auto result = submit(messages, key);
  CHECK(result.kind == SubmitResult::Kind::stored);
  CHECK_EQUAL(1, result.blocked);
  STRCMP_EQUAL("qb", result.answer.c_str());
  CHECK(w.state(blocked) == State::blocked);
  STRCMP_EQUAL("opted_out", w.find(blocked).message.reason.c_str());
  CHECK_EQUAL(1, w.outbox->counters().queued());
  STRCMP_EQUAL("message.blocked", w.run(w.outbox->pending_events(w.now(), 9)).value().at(0).type.c_str());
  STRCMP_EQUAL("qb", submit(messages, key).answer.c_str());  // replayed as it was answered
  CHECK(w.counters_hold());
}

TEST(OutboxGuard, whatWasAnsweredBeforeTheOptOutIsAnsweredAgain) {
  const IdempotencyKey key{.key = "k"};
  submit({w.message(person)}, key);
  opt_out(person);
  CHECK(submit({w.message(person)}, key).kind == SubmitResult::Kind::replayed);
}

TEST(OutboxGuard, noAttemptBeginsOnceTheOptOutIsCommitted) {
  const auto id = w.store(person, MessageClass::alarm);
  opt_out(person);
  CHECK(begin(id) == Kind::opted_out);
  CHECK(w.state(id) == State::queued);
  CHECK_EQUAL(0, w.find(id).message.attempts);
  w.reopen_copy();
  CHECK(begin(id) == Kind::opted_out);
  CHECK(w.run(w.outbox->remove_opt_out(person)).value());
  CHECK(begin(id) == Kind::begun);
}

TEST(OutboxGuard, aProvidersWordIsListedWithTheEndThatHeardIt) {
  const auto id = w.store(person);
  w.begin(id, "twilio");
  auto e = w.end_of(id, 1, Outcome::recipient_refused, State::blocked);
  e.opted_out = true;
  w.end(e);
  w.reopen_copy();  // one commit: both or none
  CHECK(w.state(id) == State::blocked);
  STRCMP_EQUAL("twilio", w.run(w.outbox->find_opt_out(person)).value().source.c_str());
}

TEST(OutboxGuard, aStopWordIsListedWithItsMessageAndAStartWordTakesItOff) {
  CHECK(hear("Water?", OptOutWord::none, "f0"));
  CHECK_FALSE(is_opted_out(person));
  CHECK(hear("STOP", OptOutWord::stop, "f1"));
  STRCMP_EQUAL("inbound:modem", w.run(w.outbox->find_opt_out(person)).value().source.c_str());
  CHECK(hear("START", OptOutWord::start, "f2"));
  CHECK_FALSE(is_opted_out(person));
  CHECK_FALSE(hear("STOP", OptOutWord::stop, "f1"));  // the network's repeat of what was taken back since
  CHECK_FALSE(is_opted_out(person));
}

TEST(OutboxGuard, partsCountUnlessCertainlyNothingWasSent) {
  limited(100);
  const auto id = stored(3);
  int number = 0;
  for (const auto outcome :
       {Outcome::refused, Outcome::recipient_refused, Outcome::account, Outcome::throttled, Outcome::unavailable}) {
    CHECK(begin(id) == Kind::begun);
    CHECK_EQUAL(3, parts());
    end(id, ++number, outcome);
    CHECK_EQUAL(0, parts());
  }
  begin(id);
  end(id, ++number, Outcome::unknown);
  CHECK_EQUAL(3, parts());
  begin(id);
  end(id, ++number, Outcome::accepted);
  CHECK_EQUAL(6, parts());
  CHECK(w.counters_hold());
}

TEST(OutboxGuard, aRepeatThatSaysSoCountsOnePartMore) {
  limited(100);
  const auto id = stored(1, MessageClass::alarm);
  begin(id);
  end(id, 1, Outcome::unknown);
  begin(id);
  CHECK_EQUAL(3, parts());
  // Proof for the first while the second is under way: each gives back what it took.
  AttemptProof proof;
  proof.message = id;
  proof.number = 1;
  CHECK(w.run(w.outbox->prove(proof)).has_value());
  CHECK_EQUAL(2, parts());
  end(id, 2, Outcome::unavailable);
  CHECK_EQUAL(0, parts());
  CHECK(w.counters_hold());
}

TEST(OutboxGuard, theLimitIsExceededByOneMessageAtMostAndHoldsForEveryClass) {
  limited(4);
  CHECK(begin(stored(3)) == Kind::begun);
  CHECK_FALSE(w.outbox->counters().over_limit(app, w.now()));
  CHECK(begin(stored(3)) == Kind::begun);
  CHECK(w.outbox->counters().over_limit(app, w.now()));
  for (const auto c : all_message_classes) CHECK(begin(stored(1, c)) == Kind::over_limit);
  const auto other = w.store("+1666", MessageClass::info, app + 1);
  CHECK(begin(other) == Kind::begun);
  w.reopen_copy();
  CHECK_EQUAL(6, parts());
  CHECK(begin(stored()) == Kind::over_limit);
}

TEST(OutboxGuard, theDayIsTheTimelinesNotTheWallClocks) {
  limited(1);
  begin(stored());
  const auto id = stored();
  w.world.clock.jump_wall(one_day);
  CHECK(begin(id) == Kind::over_limit);
  w.world.clock.jump_wall(-one_day);
  w.world.run_for(end_of_day(w.now()) - w.now() - Millis{1});
  CHECK(begin(id) == Kind::over_limit);
  w.world.run_for(Millis{1});
  CHECK_EQUAL(0, parts());
  CHECK(begin(id) == Kind::begun);
  CHECK_EQUAL(1, parts());
  CHECK(w.counters_hold());
}

TEST(OutboxGuard, whatIsGivenBackGoesToTheDayItWasTakenFrom) {
  limited(10);
  const auto yesterdays = stored(2);
  begin(yesterdays);
  w.world.run_for(one_day);
  begin(stored(1));
  end(yesterdays, 1, Outcome::unavailable);
  CHECK_EQUAL(1, parts());
  CHECK(w.counters_hold());
}

TEST(OutboxGuard, whatIsHeldWaitsForTheEndOfTheDay) {
  limited(1);
  const auto free = stored();
  CHECK_FALSE(w.run(w.outbox->hold_over_limit(free)).value().has_value());
  begin(free);
  CHECK(w.run(w.outbox->hold_over_limit(free)).error().code == ErrorCode::conflict);
  const auto id = stored();
  const auto midnight = end_of_day(w.now());
  CHECK(w.run(w.outbox->hold_over_limit(id)).value() == midnight);
  const auto held = w.find(id).message;
  CHECK(held.state == State::queued && held.due == midnight);
  STRCMP_EQUAL("daily_limit", held.reason.c_str());
  CHECK(w.due(app).empty());
}

TEST(OutboxGuard, whatAnotherApplicationMaySendNoMoreTodayHoldsNobodyBack) {
  const AppId other = 77;
  limited(1);
  begin(stored());
  const auto store_for = [&](AppId of) {
    Message m = w.message(person, MessageClass::info, of);
    m.expires_at = w.now() + std::chrono::hours{72};
    return w.store(m);
  };
  const auto held = store_for(app);
  const auto behind_it = store_for(app);
  CHECK(w.run(w.outbox->hold_over_limit(held)).value().has_value());
  const auto others = store_for(other);
  const auto others_next = store_for(other);
  CHECK(w.due(app).empty());
  CHECK((w.due(other) == std::vector{others, others_next}));  // both, in order
  CHECK(begin(others) == Kind::begun);
  w.world.run_for(one_day);
  CHECK((w.due(app) == std::vector{held}));  // a new day: now they come first again
  end(others, 1, Outcome::accepted);
  CHECK(w.due(other).empty());
  CHECK(w.state(behind_it) == State::queued && w.state(others_next) == State::queued);
}

TEST(OutboxGuard, aRaisedLimitLetsGoOfWhatItHeld) {
  limited(1);
  begin(stored());
  std::vector<MessageId> held;
  for (int i = 0; i < 450; ++i) {
    held.push_back(stored());
    CHECK(w.run(w.outbox->hold_over_limit(held.back())).value().has_value());
  }
  std::vector<MessageId> told;
  w.outbox->on_stored([&](const std::vector<Message>& messages) {
    for (const Message& m : messages) told.push_back(m.id);
  });
  CHECK_FALSE(w.run(w.outbox->set_daily_limit("nobody", 5)).value());
  CHECK(w.run(w.outbox->set_daily_limit("panel", 1)).value());  // still reached: nothing goes
  CHECK(told.empty() && w.due(app).empty());
  CHECK(w.run(w.outbox->set_daily_limit("panel", 2)).value());
  CHECK(told == held);
  CHECK(w.due(app, Lane::rest, 500) == held);
  STRCMP_EQUAL("", w.find(held[0]).message.reason.c_str());
  CHECK(w.run(w.outbox->set_daily_limit("panel", 0)).value());
  CHECK_EQUAL(0, w.run(w.outbox->applications()).value().at(0).daily_limit);
  CHECK(w.counters_hold());
}

TEST(OutboxGuard, oldDaysAreSwept) {
  limited(10);
  begin(stored());
  w.world.run_for(9 * one_day);
  begin(stored());
  CHECK(w.run(w.outbox->prune(TimelineTime{}, 0)).has_value());
  CHECK_EQUAL(1, parts());
  CHECK(w.counters_hold());
}
