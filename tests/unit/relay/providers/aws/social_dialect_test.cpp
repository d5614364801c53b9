#include "relay/providers/aws/social_dialect.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/crypto/encoding.hpp"
#include "relay/providers/aws/aws.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay;
using namespace relay::providers;
using providers_test::request_for;
using providers_test::section_of;
using providers_test::text_of;

namespace {

constexpr const char* sender = "phone-number-id-0123456789abcdef0123456789abcdef";

}  // namespace

TEST_GROUP(AwsSocial) {
  fakes::VirtualRuntime world;
  aws::SocialOptions options{.base_url = "https://social-messaging.us-east-1.amazonaws.com",
                             .phone_number_id = sender,
                             .meta_api_version = "v20.0",
                             .repeat_prefix = "[repeat] ",
                             .templates = {{"welcome", "welcome_v2:en_US"}}};

  fakes::HttpScript script;
  static Message message_with(Content content) {
    Message message = providers_test::message_of("");
    message.channel = Channel::whatsapp;
    message.content = std::move(content);
    return message;
  }
  /// Meta's JSON in the request, the part that every message has cut off.
  std::string meta_of(Content content) {
    const Message message = message_with(std::move(content));
    const auto request = aws::SocialDialect(options).build(request_for(message, world.clock));
    if (!request) return request.error().code;
    const std::string& body = request->body;
    const auto begin = body.find("\"message\":\"") + 11;
    std::string meta = crypto::from_base64(body.substr(begin, body.find('"', begin) - begin)).value_or("no base64");
    for (const std::string& common :
         {R"("biz_opaque_callback_data":")" + message.id.text() + R"(",)",
          std::string{R"("messaging_product":"whatsapp",)"}, std::string{R"("recipient_type":"individual",)"}}) {
      const auto at = meta.find(common);
      CHECK_TEXT(at != std::string::npos, meta.c_str());
      meta.erase(at, common.size());
    }
    return meta;
  }
  SendResult read(int status, std::string type, std::string body) {
    http::Headers headers;
    if (!type.empty()) headers.push_back({"x-amzn-ErrorType", type});
    return aws::SocialDialect(options).read({status, headers, std::move(body)}, world.clock.wall());
  }
};

TEST(AwsSocial, theRequest) {
  const Message message = message_with(SmsContent{"hello"});
  const auto request = aws::SocialDialect(options).build(request_for(message, world.clock)).value();
  STRCMP_EQUAL("POST", request.method.c_str());
  STRCMP_EQUAL("https://social-messaging.us-east-1.amazonaws.com/v1/whatsapp/send", request.url.c_str());
  STRCMP_EQUAL("application/json", providers_test::header_of(request, "Content-Type").c_str());
  STRCMP_CONTAINS(R"("metaApiVersion":"v20.0","originationPhoneNumberId":"phone-number-id-0123)",
                  request.body.substr(request.body.find("\"metaApi")).c_str());
}

TEST(AwsSocial, metasJsonOfEachContent) {
  struct Case {
    Content content;
    const char* meta;
  };
  const Case cases[] = {
      {SmsContent{"Grüße"}, R"({"text":{"body":"Grüße","preview_url":false},"to":"+15551230001","type":"text"})"},
      {MediaContent{.url = "https://x/a.png", .caption = "look", .filename = "a.png"},
       R"({"image":{"caption":"look","link":"https://x/a.png"},"to":"+15551230001","type":"image"})"},
      {MediaContent{MediaKind::document, "https://x/a", "", "plan.pdf"},
       R"({"document":{"filename":"plan.pdf","link":"https://x/a"},"to":"+15551230001","type":"document"})"},
      {MediaContent{MediaKind::audio, "https://x/a", "no", ""},
       R"({"audio":{"link":"https://x/a"},"to":"+15551230001","type":"audio"})"},
      {MediaContent{MediaKind::video, "https://x/a", "v", ""},
       R"({"to":"+15551230001","type":"video","video":{"caption":"v","link":"https://x/a"}})"},
      {TemplateContent{"welcome", {}},
       R"({"template":{"language":{"code":"en_US"},"name":"welcome_v2"},"to":"+15551230001","type":"template"})"},
      {TemplateContent{"welcome", {"Ann"}},
       R"({"template":{"components":[{"parameters":[{"text":"Ann","type":"text"}],"type":"body"}],)"
       R"("language":{"code":"en_US"},"name":"welcome_v2"},"to":"+15551230001","type":"template"})"},
      {TemplateContent{"unknown", {}}, "template_unknown"},
      {TemplateContent{"welcome", {"a\tb"}}, "template_variables"},
      {SmsContent{std::string(4097, 'x')}, "too_long"},
      {MediaContent{.url = "https://x/", .caption = std::string(1025, 'x')}, "too_long"},
  };
  for (const auto& c : cases) STRCMP_EQUAL(c.meta, meta_of(c.content).c_str());
}

TEST(AwsSocial, itsAnswers) {
  struct Case {
    int status;
    const char* type;
    const char* body;
    Outcome outcome;
    const char* code;
  };
  for (const auto& c : {
           Case{200, "", R"({"messageId":"0c1d-4e"})", Outcome::accepted, "200"},
           Case{200, "", "{}", Outcome::unknown, "200"},
           Case{200, "", "<html>", Outcome::unknown, "200"},
           Case{400, "ValidationException:", R"({"message":"x"})", Outcome::refused, "ValidationException"},
           Case{400, "InvalidParametersException", "{}", Outcome::refused, "InvalidParametersException"},
           Case{404, "ResourceNotFoundException:http://x/", "{}", Outcome::account, "ResourceNotFoundException"},
           Case{403, "AccessDeniedException", "{}", Outcome::account, "AccessDeniedException"},
           Case{403, "AccessDeniedByMetaException", "{}", Outcome::account, "AccessDeniedByMetaException"},
           Case{429, "ThrottledRequestException", "{}", Outcome::throttled, "ThrottledRequestException"},
           Case{400, "LimitExceededException", "{}", Outcome::throttled, "LimitExceededException"},
           Case{500, "InternalServiceException", "{}", Outcome::unknown, "InternalServiceException"},
           Case{502, "DependencyException", "{}", Outcome::unknown, "DependencyException"},
           Case{502, "", "<html>", Outcome::unknown, "502"},
       }) {
    const auto result = read(c.status, c.type, c.body);
    STRCMP_EQUAL_TEXT(text_of(c.outcome), text_of(result.outcome), c.type);
    STRCMP_EQUAL(c.code, result.code.c_str());
  }
  STRCMP_EQUAL("0c1d-4e", read(200, "", R"({"messageId":"0c1d-4e"})").receipt_refs.at(0).c_str());
}

TEST(AwsSocial, anSmsIsNotItsBusiness) {
  const Message message = providers_test::message_of("a");
  STRCMP_EQUAL("channel", aws::SocialDialect(options).build(request_for(message, world.clock)).error().code.c_str());
}

TEST(AwsSocial, settings) {
  const std::string account =
      "region = \"us-east-1\"\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\n"
      "secret_access_key = \"secret\"\nphone_number_id = ";
  const auto make = [&](const std::string& more) {
    return aws::make_whatsapp(world.runtime(), section_of(aws::whatsapp_settings(), account + more),
                              std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
  };
  const std::string id = std::string("\"") + sender + "\"\n";
  const auto made = make(id + "templates = [\"a=b_c:de\"]");
  CHECK_TRUE(made.has_value());
  CHECK((*made)->traits().channel == Channel::whatsapp);
  CHECK_FALSE(make("\"+15550001111-no-id\"\n").has_value());
  CHECK_FALSE(make(id + "templates = [\"a=b\"]").has_value());
  CHECK_FALSE(make(id + "templates = [\"=b:en\"]").has_value());
  CHECK_FALSE(make(id + "meta_api_version = \"20.0\"").has_value());
}
