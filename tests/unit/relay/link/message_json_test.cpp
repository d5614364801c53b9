#include "relay/link/message_json.hpp"

#include <CppUTest/TestHarness.h>

using namespace relay;
using namespace relay::link;
using namespace std::chrono_literals;

TEST_GROUP(MessageJson) {
  Handover handover{.attempt = 2, .life_left = 1h, .repeat_prefix = "[repeat] "};

  void setup() override {
    handover.message.to = "+15551230001";
    handover.message.from = "+15550001111";
    handover.message.message_class = MessageClass::once;
    handover.message.content = SmsContent{"Grüße"};
    handover.message.segments = 3;
    handover.message.encoding = TextEncoding::ucs2;
  }
  Handover there_and_back() { return handover_from_json(to_json(handover)).value(); }
  static void check_refused(const std::string& text, const char* member) {
    const auto read = handover_from_json(text);
    CHECK_TEXT(!read.has_value(), text.c_str());
    STRNCMP_EQUAL(member, read.error().message.c_str(), std::string_view{member}.size());
  }
};

TEST(MessageJson, allOfItComesThrough) {
  const auto read = there_and_back();
  STRCMP_EQUAL("+15551230001", read.message.to.c_str());
  STRCMP_EQUAL("+15550001111", read.message.from.c_str());
  CHECK(read.message.message_class == MessageClass::once);
  CHECK(read.message.content == handover.message.content);
  CHECK_EQUAL(3, read.message.segments);
  CHECK(read.message.encoding == TextEncoding::ucs2);
  CHECK_EQUAL(2, read.attempt);
  CHECK(read.life_left == 1h);
  STRCMP_EQUAL("[repeat] ", read.repeat_prefix.c_str());
}

TEST(MessageJson, eachContentComesThrough) {
  handover.message.channel = Channel::whatsapp;
  handover.message.content = MediaContent{MediaKind::document, "https://example.com/a.pdf", "Bill", "a.pdf"};
  CHECK(there_and_back().message.content == handover.message.content);
  handover.message.content = TemplateContent{"welcome", {"Ada", "42"}};
  CHECK(there_and_back().message.content == handover.message.content);
}

TEST(MessageJson, theContentIsTheSameForEachHandover) {
  const auto before = content_json(handover);
  handover.attempt = 9;
  handover.life_left = 1min;
  handover.repeat_prefix.clear();
  STRCMP_EQUAL(before.c_str(), content_json(handover).c_str());
  STRCMP_EQUAL(before.c_str(), content_json(there_and_back()).c_str());
  handover.message.content = SmsContent{"other"};
  CHECK(before != content_json(handover));
}

TEST(MessageJson, whatIsMissingIsNamed) {
  check_refused("[]", "body");
  check_refused("not JSON", "body");
  check_refused(R"({"channel":"sms","class":"info","text":"x","attempt":1,"life_ms":1})", "to");
  check_refused(R"({"to":"+1","class":"info","text":"x","attempt":1,"life_ms":1})", "channel");
  check_refused(R"({"to":"+1","channel":"sms","text":"x","attempt":1,"life_ms":1})", "class");
  check_refused(R"({"to":"+1","channel":"sms","class":"info","attempt":1,"life_ms":1})", "text");
  check_refused(R"({"to":"+1","channel":"sms","class":"info","text":"x","life_ms":1})", "attempt");
  check_refused(R"({"to":"+1","channel":"sms","class":"info","text":"x","attempt":1,"life_ms":0})", "life_ms");
  check_refused(R"({"to":"+1","channel":"sms","class":"info","media":{"kind":"film","url":"u"}})", "media");
}

TEST(MessageJson, progressComesThrough) {
  const auto read = progress_from_json(
      to_json(Progress{.ref = "0dwpm3vq8k2ae", .state = State::cancelled, .reason = "given_back", .not_sent = true}));
  CHECK(read.has_value());
  STRCMP_EQUAL("0dwpm3vq8k2ae", read->ref.c_str());
  CHECK(read->state == State::cancelled);
  STRCMP_EQUAL("given_back", read->reason.c_str());
  CHECK(read->not_sent);
  CHECK_FALSE(progress_from_json(R"({"ref":"x"})").has_value());
  CHECK_FALSE(progress_from_json(R"({"state":"sent"})").has_value());
}
