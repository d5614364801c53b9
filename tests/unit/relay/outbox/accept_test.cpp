#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;

namespace {

Submission submission_of(std::vector<Message> messages) {
  Submission s;
  s.app = messages.front().app;
  s.messages = std::move(messages);
  s.answer = "answer";
  return s;
}

IdempotencyKey key_of(std::string key, int payload) {
  IdempotencyKey k;
  k.key = std::move(key);
  k.payload[31] = static_cast<std::byte>(payload);
  return k;
}

}  // namespace

TEST_GROUP(OutboxAccept) {
  OutboxWorld w;
  void setup() override { w.open(); }
};

TEST(OutboxAccept, aStoredMessageReadsBackWhole) {
  Message m = w.message();
  m.batch = MessageId{m.id.value - 1};
  m.from = "Plant";
  m.tags = {"pump \"3\"", "night"};
  m.callback_url = "https://app.lan/hook";
  m.reason = "quiet_hours";
  m.encoding = TextEncoding::ucs2;
  m.segments = 3;
  w.store(m);
  const Message back = w.find(m.id).message;
  CHECK(back.id == m.id && back.batch == m.batch && back.app == m.app && back.message_class == m.message_class);
  STRCMP_EQUAL(m.to.c_str(), back.to.c_str());
  STRCMP_EQUAL("Plant", back.from.c_str());
  STRCMP_EQUAL("Water in the cellar", std::get<SmsContent>(back.content).text.c_str());
  CHECK(back.tags == m.tags);
  STRCMP_EQUAL(m.callback_url.c_str(), back.callback_url.c_str());
  STRCMP_EQUAL("quiet_hours", back.reason.c_str());
  CHECK(back.accepted_at == m.accepted_at && back.due == m.due && back.expires_at == m.expires_at);
  CHECK(back.encoding == m.encoding && back.segments == 3 && back.attempts == 0 && back.copies == 0);
  CHECK(back.state == State::queued);
}

TEST(OutboxAccept, listenersHearOfTheMessagesBeforeTheCallerDoes) {
  std::vector<MessageId> heard;
  bool answered = false;
  bool heard_first = false;
  w.outbox->on_stored([&](const std::vector<Message>& messages) {
    heard_first = !answered;
    for (const auto& m : messages) heard.push_back(m.id);
  });
  auto messages = std::vector{w.message("+1555000001"), w.message("+1555000002")};
  const auto ids = std::vector{messages[0].id, messages[1].id};
  auto caller = [](SqliteOutbox& outbox, Submission s, bool& done) -> Task<bool> {
    const auto result = co_await outbox.submit(std::move(s));
    done = true;
    co_return result.has_value();
  };
  CHECK(w.run(caller(*w.outbox, submission_of(messages), answered)));
  CHECK(heard == ids);
  CHECK(heard_first);
}

TEST(OutboxAccept, aKeyIsOneMessage) {
  auto first = submission_of({w.message()});
  first.idempotency = key_of("order-7", 1);
  first.answer = "first answer";
  CHECK(w.run(w.outbox->submit(first))->kind == SubmitResult::Kind::stored);

  auto again = submission_of({w.message()});
  again.idempotency = key_of("order-7", 1);
  const auto replayed = w.run(w.outbox->submit(again));
  CHECK(replayed->kind == SubmitResult::Kind::replayed);
  STRCMP_EQUAL("first answer", replayed->answer.c_str());

  again.idempotency = key_of("order-7", 2);
  CHECK(w.run(w.outbox->submit(again))->kind == SubmitResult::Kind::key_reused);
  CHECK_EQUAL(1, w.outbox->counters().stored_rows);

  auto other_app = submission_of({w.message("+358401234567", MessageClass::info, 2)});
  other_app.idempotency = key_of("order-7", 2);
  CHECK(w.run(w.outbox->submit(other_app))->kind == SubmitResult::Kind::stored);
}

TEST(OutboxAccept, aKeyIsForgottenAfterADay) {
  auto s = submission_of({w.message()});
  s.idempotency = key_of("k", 1);
  CHECK(w.run(w.outbox->submit(s)).has_value());
  w.world.run_for(std::chrono::hours{24} - Millis{10'000});
  s.messages = {w.message()};
  CHECK(w.run(w.outbox->submit(s))->kind == SubmitResult::Kind::replayed);
  w.world.run_for(Millis{11'000});
  s.messages = {w.message()};
  CHECK(w.run(w.outbox->submit(s))->kind == SubmitResult::Kind::stored);
}

TEST(OutboxAccept, theSameKeyTwiceInOneCommitIsStillOneMessage) {
  auto first = submission_of({w.message()});
  first.idempotency = key_of("k", 1);
  auto second = submission_of({w.message()});
  second.idempotency = key_of("k", 1);
  TaskGroup group(w.world.runtime());
  std::vector<SubmitResult::Kind> kinds;
  auto caller = [](SqliteOutbox& outbox, Submission s, std::vector<SubmitResult::Kind>& out) -> Task<> {
    const auto result = co_await outbox.submit(std::move(s));
    out.push_back(result->kind);
  };
  group.spawn("one", caller(*w.outbox, first, kinds));
  group.spawn("two", caller(*w.outbox, second, kinds));
  w.world.run_for(Millis{1000});
  CHECK(kinds == (std::vector{SubmitResult::Kind::stored, SubmitResult::Kind::replayed}));
  CHECK_EQUAL(1, w.outbox->counters().stored_rows);
}

TEST(OutboxAccept, aNewerPasswordReplacesOlderOnesThatAreStillQueued) {
  const auto queued = w.store("+1555000001", MessageClass::otp);
  const auto sending = w.store("+1555000001", MessageClass::otp);
  const auto other_app = w.store("+1555000001", MessageClass::otp, 2);
  const auto other_number = w.store("+1555000002", MessageClass::otp);
  w.begin(sending);
  auto s = submission_of({w.message("+1555000001", MessageClass::otp)});
  s.replaces_older = true;
  const auto result = w.run(w.outbox->submit(s));
  CHECK(result->cancelled == std::vector{queued});
  CHECK(w.state(queued) == State::cancelled);
  STRCMP_EQUAL("replaced", w.find(queued).message.reason.c_str());
  CHECK(w.state(sending) == State::sending);
  CHECK(w.state(other_app) == State::queued);
  CHECK(w.state(other_number) == State::queued);
  CHECK(w.counters_hold());
}

TEST(OutboxAccept, onlyQueuedMessagesOfOnesOwnCanBeCancelled) {
  const auto id = w.store("+1555000001");
  CHECK(w.run(w.outbox->cancel(id, 2)).error().code == ErrorCode::not_found);
  CHECK(w.run(w.outbox->cancel(MessageId{5}, 1)).error().code == ErrorCode::not_found);
  CHECK(w.run(w.outbox->cancel(id, 1))->state == State::cancelled);
  const auto again = w.run(w.outbox->cancel(id, 1));
  CHECK(again.error().code == ErrorCode::conflict);
  STRCMP_CONTAINS("is cancelled already", again.error().message.c_str());
  const auto sending = w.store("+1555000001");
  w.begin(sending);
  CHECK(w.run(w.outbox->cancel(sending, std::nullopt)).error().code == ErrorCode::conflict);
  CHECK(w.counters_hold());
}

TEST(OutboxAccept, aFileAtItsLimitRefusesSubmissionsAndStillTakesOutcomes) {
  w.settings.max_file_bytes = 400 * 1024;
  w.open();
  const auto first = w.store("+1555000000");
  w.begin(first);
  std::optional<Error> refused;
  for (int i = 0; i < 500 && !refused; ++i) {
    std::vector<Message> messages;
    for (int k = 0; k < 20; ++k) messages.push_back(w.message("+1555" + std::to_string(100000 + i * 20 + k)));
    const auto result = w.run(w.outbox->submit(submission_of(std::move(messages))));
    if (!result) refused = result.error();
  }
  CHECK(refused.has_value());
  CHECK(refused->code == ErrorCode::full);
  STRCMP_CONTAINS("at its limit of 409600 bytes", refused->message.c_str());
  CHECK(w.end(w.end_of(first, 1, Outcome::accepted, State::sent)) == State::sent);
  const auto before = w.outbox->counters().stored_rows;
  CHECK(w.run(w.outbox->move(first, State::sent, State::unconfirmed, "", {})).has_value());
  CHECK_EQUAL(1, w.run(w.outbox->prune(w.outbox->timeline().now() + Millis{1}, 0)).value());
  CHECK_EQUAL(before - 1, w.outbox->counters().stored_rows);
  CHECK(w.counters_hold());
}

TEST(OutboxAccept, idsGrowAcrossRestarts) {
  const auto before = w.store("+1555000001");
  w.kill();
  w.world.clock.reboot("boot-2");
  w.world.clock.jump_wall(-std::chrono::hours{1000});
  w.open();
  CHECK(w.outbox->next_id() > before);
}
