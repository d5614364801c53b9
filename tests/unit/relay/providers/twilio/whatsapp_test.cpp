#include <CppUTest/TestHarness.h>

#include "relay/http/server.hpp"
#include "relay/providers/twilio/dialect.hpp"
#include "relay/providers/twilio/twilio.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay;
using namespace relay::providers;
using providers_test::request_for;
using providers_test::section_of;
using providers_test::text_of;

namespace {

constexpr const char* welcome = "HX0123456789abcdef0123456789abcdef";

}  // namespace

TEST_GROUP(TwilioWhatsApp) {
  fakes::VirtualRuntime world;
  twilio::Options options{.base_url = "https://api.twilio.com",
                          .account_sid = "AC0123456789abcdef0123456789abcdef",
                          .user = "user",
                          .password = "pass",
                          .from = "+15550001111",
                          .status_callback = "https://bridge.example/twilio",
                          .repeat_prefix = "[repeat] ",
                          .channel = Channel::whatsapp,
                          .templates = {{"welcome", welcome}}};

  fakes::HttpScript script;
  std::unique_ptr<http::Client> client() {
    return std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script);
  }
  static Message message_with(Content content) {
    Message message = providers_test::message_of("");
    message.channel = Channel::whatsapp;
    message.content = std::move(content);
    return message;
  }
  std::vector<std::pair<std::string, std::string>> form_of(Content content) {
    const Message message = message_with(std::move(content));
    const auto request = twilio::Dialect(options).build(request_for(message, world.clock));
    if (!request) FAIL(request.error().detail.c_str());
    return http::parse_form(request->body);
  }
  SendResult refusal_of(Content content) {
    const Message message = message_with(std::move(content));
    return twilio::Dialect(options).build(request_for(message, world.clock)).error();
  }
  SendResult answer(int code) {
    return twilio::Dialect(options).read({400, {}, R"({"code":)" + std::to_string(code) + R"(,"message":"x"})"},
                                         world.clock.wall());
  }
  static Finding late(std::string status, std::string code) {
    return twilio::finding_of({.sid = "SM1", .status = std::move(status), .error_code = std::move(code)},
                              Channel::whatsapp);
  }
  using Form = std::vector<std::pair<std::string, std::string>>;
};

TEST(TwilioWhatsApp, theRequestOfEachContent) {
  const std::string rid = message_with(SmsContent{}).id.text();
  const std::string callback = "https://bridge.example/twilio?rid=" + rid;
  const Form ends{{"ValidityPeriod", "3600"}, {"StatusCallback", callback}};
  struct Case {
    Content content;
    Form said;
  };
  const Case cases[] = {
      {SmsContent{"Grüße"}, {{"Body", "Grüße"}}},
      {MediaContent{.url = "https://x.example/a.png"}, {{"MediaUrl", "https://x.example/a.png"}}},
      {MediaContent{.url = "https://x.example/a", .caption = "look"},
       {{"Body", "look"}, {"MediaUrl", "https://x.example/a"}}},
      {TemplateContent{"welcome", {}}, {{"ContentSid", welcome}}},
      {TemplateContent{"welcome", {"Ann", "\"5\""}},
       {{"ContentSid", welcome}, {"ContentVariables", R"({"1":"Ann","2":"\"5\""})"}}},
  };
  for (const auto& c : cases) {
    Form expected{{"To", "whatsapp:+15551230001"}, {"From", "whatsapp:+15550001111"}};
    expected.insert(expected.end(), c.said.begin(), c.said.end());
    expected.insert(expected.end(), ends.begin(), ends.end());
    CHECK(form_of(c.content) == expected);
  }
}

TEST(TwilioWhatsApp, whatCannotBeSaidIsRefusedWithoutARequest) {
  struct Case {
    Content content;
    const char* code;
  };
  const Case cases[] = {{TemplateContent{"unknown", {}}, "template_unknown"},
                        {TemplateContent{"welcome", {""}}, "template_variables"},
                        {TemplateContent{"welcome", {"a\nb"}}, "template_variables"},
                        {TemplateContent{"welcome", {"a     b"}}, "template_variables"},
                        {SmsContent{std::string(1601, 'x')}, "too_long"},
                        {MediaContent{.url = "https://x/", .caption = std::string(1601, 'x')}, "too_long"}};
  for (const auto& c : cases) {
    const auto refusal = refusal_of(c.content);
    STRCMP_EQUAL(c.code, refusal.code.c_str());
    CHECK(refusal.outcome == Outcome::refused && !refusal.channel_refused);
  }
  options.channel = Channel::sms;
  STRCMP_EQUAL("channel", refusal_of(SmsContent{"x"}).code.c_str());
}

TEST(TwilioWhatsApp, refusalsSayHowFarTheyReach) {
  struct Case {
    int code;
    Outcome outcome;
    bool whole_channel;
  };
  for (const auto& c :
       {Case{63016, Outcome::refused, false}, Case{63003, Outcome::refused, true}, Case{63024, Outcome::refused, true},
        Case{63032, Outcome::refused, true}, Case{63027, Outcome::refused, false}, Case{21655, Outcome::refused, false},
        Case{63007, Outcome::account, false}, Case{63018, Outcome::throttled, false},
        Case{21211, Outcome::recipient_refused, false}}) {
    const auto result = answer(c.code);
    STRCMP_EQUAL(text_of(c.outcome), text_of(result.outcome));
    CHECK_EQUAL(c.whole_channel, result.channel_refused);
  }
}

TEST(TwilioWhatsApp, aLateFailureTellsWhetherAnotherChannelMayTry) {
  CHECK(late("failed", "63016").refused && !late("failed", "63016").channel_refused);
  CHECK(late("undelivered", "63003").refused && late("undelivered", "63003").channel_refused);
  CHECK(late("failed", "63018").refused && late("failed", "63112").refused);
  CHECK_FALSE(late("failed", "63014").refused);  // the person's own wish
  CHECK_FALSE(late("failed", "").refused);
  CHECK_FALSE(late("sent", "63016").refused);
  CHECK_FALSE(late("delivered", "").refused);
  CHECK_FALSE(twilio::finding_of({.sid = "SM1", .status = "failed", .error_code = "63016"}).refused);
}

TEST(TwilioWhatsApp, isFoundByItsAddressAndATemplateNotByItsText) {
  const twilio::Dialect dialect(options);
  STRCMP_CONTAINS("?To=whatsapp%3A%2B15551230001&", dialect.list("+15551230001", std::nullopt).url.c_str());
  LONGS_EQUAL(2, dialect.possible_texts(message_with(SmsContent{"a"})).size());
  CHECK(dialect.possible_texts(message_with(TemplateContent{"welcome", {}})).empty());
  CHECK(dialect.possible_texts(message_with(MediaContent{.url = "https://x/"})).empty());
}

TEST(TwilioWhatsApp, aLostTemplateIsNotTakenForOneThatWasNeverSent) {
  const auto section = section_of(twilio::whatsapp_settings(),
                                  "account_sid = \"AC0123456789abcdef0123456789abcdef\"\nauth_token = \"t\"\n"
                                  "from = \"+15550001111\"\n");
  const auto provider = twilio::make_whatsapp(world.runtime(), section, client()).value();
  CHECK(provider->traits().channel == Channel::whatsapp && provider->traits().can_look_up);
  Attempt attempt;
  attempt.surely_over = std::chrono::hours{1};
  const auto finding = world.run(provider->look_up(message_with(TemplateContent{"welcome", {}}), attempt));
  CHECK(finding.kind == Finding::Kind::no_answer);
  CHECK(script.requests.empty());
}

TEST(TwilioWhatsApp, settingsThatCannotBeRightAreNamed) {
  const std::string account = "account_sid = \"AC0123456789abcdef0123456789abcdef\"\nauth_token = \"t\"\n";
  struct Case {
    const char* more;
    const char* trouble;
  };
  for (const auto& c :
       {Case{"from = \"ACME\"", "from and allowed_senders must be numbers"},
        Case{"from = \"+15550001111\"\nallowed_senders = [\"12345\"]", "from and allowed_senders must be numbers"},
        Case{"from = \"+15550001111\"\ntemplates = [\"welcome\"]", "write each as NAME=HX0123"},
        Case{"from = \"+15550001111\"\ntemplates = [\"welcome=HX1\"]", "write each as NAME=HX0123"},
        Case{"from = \"+15550001111\"\ntemplates = [\"a=HX0123456789abcdef0123456789abcdef\", "
             "\"a=HX0123456789abcdef0123456789abcdef\"]",
             "\"a\" is named twice"}}) {
    const auto made =
        twilio::make_whatsapp(world.runtime(), section_of(twilio::whatsapp_settings(), account + c.more), client());
    CHECK_FALSE(made.has_value());
    STRCMP_CONTAINS(c.trouble, made.error().message.c_str());
  }
}
