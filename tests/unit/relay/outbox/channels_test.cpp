#include <CppUTest/TestHarness.h>

#include "relay/sqlite/database.hpp"
#include "tests/unit/relay/outbox/outbox_world.hpp"

using namespace relay;
using namespace relay::outbox;
using outbox_test::OutboxWorld;
using std::chrono::hours;

/// Messages of other channels, and what becomes of them when a provider takes its word back.
TEST_GROUP(OutboxChannels) {
  OutboxWorld w;
  void setup() override { w.open(); }
  MessageId sent_with_fallback() {
    auto message = w.message();
    message.channel = Channel::whatsapp;
    message.fallback = Fallback{.text = "by SMS"};
    const auto id = w.store(message);
    w.begin(id);
    auto end = w.end_of(id, 1, Outcome::accepted, State::sent);
    end.receipt_refs = {"SM1"};
    w.end(end);
    return id;
  }
  Receipt refusal() {
    auto receipt = w.receipt("SM1", ReceiptStatus::failed);
    receipt.refused = true;
    return receipt;
  }
};

TEST(OutboxChannels, everyContentIsReadAsItWasWritten) {
  const Content contents[] = {SmsContent{"{\"not\":\"json\"}"},
                              MediaContent{MediaKind::document, "https://x.example/a.pdf?b=\"", "Grüße", "plan.pdf"},
                              MediaContent{.kind = MediaKind::video, .url = "https://x.example/"},
                              TemplateContent{"welcome", {"Ann", "\"quoted\"", "😀"}}, TemplateContent{"plain", {}}};
  for (const auto& content : contents) {
    auto message = w.message();
    message.channel = Channel::whatsapp;
    message.content = content;
    message.fallback = Fallback{.channel = Channel::sms, .text = "Grüße \"x\""};
    const auto read = w.find(w.store(message)).message;
    CHECK(read.content == content);
    CHECK(read.fallback == message.fallback);
    CHECK(read.channel == Channel::whatsapp);
  }
  CHECK_FALSE(w.find(w.store("+1555000001")).message.fallback.has_value());
}

TEST(OutboxChannels, aRefusalThatComesLateSendsTheMessageOn) {
  const auto id = sent_with_fallback();
  const auto result = w.apply(refusal());
  CHECK(result.matched && result.moved_on && !result.changed && result.state == State::queued);
  const auto record = w.find(id);
  CHECK(record.message.state == State::queued && record.message.due <= w.now());
  STRCMP_EQUAL("refused", record.message.reason.c_str());
  LONGS_EQUAL(0, record.message.copies);  // nobody has one
  CHECK(record.attempts[0].outcome == Outcome::refused);
  CHECK(record.attempts[0].receipt == ReceiptStatus::failed);
  CHECK(w.counters_hold());
  CHECK(w.due() == std::vector<MessageId>{id});
  CHECK_FALSE(w.apply(refusal()).moved_on);  // the same word again
  w.begin(id);
  CHECK(w.end(w.end_of(id, 2, Outcome::accepted, State::sent)) == State::sent);
  CHECK_FALSE(w.apply(refusal()).moved_on);  // and of an attempt that was given up
  CHECK(w.state(id) == State::sent);
}

TEST(OutboxChannels, withoutAFallbackOrTimeItHasFailed) {
  const auto plain = w.sent({"SM1"});
  CHECK(w.apply(refusal()).changed);
  CHECK(w.state(plain) == State::failed);

  const auto late = sent_with_fallback();
  w.world.run_for(w.find(late).message.expires_at - w.now());
  CHECK(w.apply(refusal()).changed);
  CHECK(w.state(late) == State::failed);
}

TEST(OutboxChannels, aFailureThatIsNoRefusalEndsItAndADeliveryStands) {
  const auto failed = sent_with_fallback();
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::failed)).changed);
  CHECK(w.state(failed) == State::failed);
  const auto delivered = sent_with_fallback();
  CHECK(w.apply(w.receipt("SM1", ReceiptStatus::delivered)).changed);
  CHECK_FALSE(w.apply(refusal()).moved_on);
  CHECK(w.state(delivered) == State::delivered);
}
