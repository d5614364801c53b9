#include "relay/providers/twilio/webhook.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/http/server.hpp"

using namespace relay::providers;
using twilio::WebhookCall;

namespace {

constexpr const char* token = "12345678901234567890123456789012";
constexpr const char* form_type = "application/x-www-form-urlencoded";

std::string form_of(const twilio::Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out += relay::http::percent_encode(name) + "=" + relay::http::percent_encode(value);
  }
  return out;
}

WebhookCall post(std::string url, const twilio::Fields& fields, std::string signature) {
  return {.url = std::move(url), .content_type = form_type, .body = form_of(fields), .signature = std::move(signature)};
}

bool genuine(const WebhookCall& call, const char* with = token) {
  const auto fields = twilio::fields_of(call);
  return fields && twilio::is_genuine(call, *fields, with);
}

WebhookEvent event_of(const twilio::Fields& fields, std::string url = "https://b/in") {
  const auto call = post(std::move(url), fields, "");
  return twilio::read_event(call, *twilio::fields_of(call), relay::WallTime{relay::Millis{5}}).value();
}

const twilio::Fields delivered{{"AccountSid", "AC0123456789abcdef0123456789abcdef"},
                               {"MessageSid", "SM0123456789abcdef0123456789abcdef"},
                               {"MessageStatus", "delivered"},
                               {"To", "+15551230001"}};

}  // namespace

TEST_GROUP(TwilioWebhook){};

// The vectors of facts/cloud-apis.md 2.3, made with Twilio's own library.
TEST(TwilioWebhook, signaturesOfTwiliosLibraryAreGenuine) {
  CHECK(genuine(post("https://bridge.example.com/twilio/status?id=42", delivered, "fkpF+4FLDcLKNh4IuvpfCCNLjg0=")));
  CHECK(genuine(
      post("https://bridge.example.com/twilio/in",
           {{"Body", "Grüße +1 & 50% 😀\nline 2"}, {"Empty", ""}, {"From", "whatsapp:+15551239999"}, {"NumMedia", "0"}},
           "T+9YK37TjB1sSJvErQ+9k+P/7vA=")));
  CHECK(genuine(post("https://bridge.example.com/twilio/in",
                     {{"b", "2"}, {"A", "x"}, {"b", "1"}, {"a", "y"}, {"b", "2"}}, "VUdcDBsjPxjKbshDiX0g2R6jUXs=")));
}

TEST(TwilioWebhook, theDefaultPortMayBeSignedOrNot) {
  for (const char* signature : {"IQtgTVgszwBlQDEil0IApJV9EG4=", "Y4zWZjiTlXZYHQiUvmgWNmLPm/E="}) {
    CHECK(genuine(post("https://bridge.example.com:443/twilio/in", {{"A", "1"}}, signature)));
    CHECK(genuine(post("https://bridge.example.com/twilio/in", {{"A", "1"}}, signature)));
  }
  CHECK_FALSE(genuine(post("https://bridge.example.com:8443/twilio/in", {{"A", "1"}}, "IQtgTVgszwBlQDEil0IApJV9EG4=")));
}

TEST(TwilioWebhook, aJsonBodyIsSignedByItsHashInTheUrl) {
  WebhookCall call{.url =
                       "https://bridge.example.com/hook?foo=1&bodySHA256="
                       "b9648317ceecc3af7c9d15bd6da92389e077d43accb779f1facffd2357c47503",
                   .content_type = "application/json",
                   .body = R"({"a":1,"text":"ü"})",
                   .signature = "v7QFAWcpIG/6Jv4IFc4yZWV/njA="};
  CHECK(genuine(call));
  call.body += " ";
  CHECK_FALSE(genuine(call));
  call = {.url = "https://b/hook", .content_type = "application/json", .body = "{}"};
  call.signature = twilio::sign(call.url, {}, token);  // without the hash the body is anybody's
  CHECK_FALSE(genuine(call));
}

TEST(TwilioWebhook, whateverIsChangedIsRefused) {
  const std::string url = "https://bridge.example.com/twilio/status?id=42";
  const std::string signature = "fkpF+4FLDcLKNh4IuvpfCCNLjg0=";
  CHECK_FALSE(genuine(post(url, delivered, signature), "22345678901234567890123456789012"));
  CHECK_FALSE(genuine(post(url, delivered, signature), ""));
  CHECK_FALSE(genuine(post(url, delivered, "")));
  CHECK_FALSE(genuine(post(url, delivered, signature.substr(1))));
  CHECK_FALSE(genuine(post("https://bridge.example.com/twilio/status?id=43", delivered, signature)));
  CHECK_FALSE(genuine(post("https://bridge.example.org/twilio/status?id=42", delivered, signature)));
  for (std::size_t i = 0; i < delivered.size(); ++i) {
    auto changed = delivered;
    changed[i].second += "0";
    CHECK_FALSE(genuine(post(url, changed, signature)));
  }
  auto more = delivered;
  more.emplace_back("Extra", "1");
  CHECK_FALSE(genuine(post(url, more, signature)));
}

TEST(TwilioWebhook, fieldsAreBounded) {
  std::string form = "a=1";
  for (std::size_t i = 1; i < twilio::max_fields; ++i) form += "&a=1";
  WebhookCall call{.url = "https://b/", .content_type = form_type, .body = form};
  CHECK(twilio::fields_of(call).has_value());
  call.body += "&a=1";
  CHECK_FALSE(twilio::fields_of(call).has_value());
}

TEST(TwilioWebhook, theAccountIsReadFromTheFormOrTheUrl) {
  const auto of = [](const WebhookCall& call) { return twilio::account_of(call, *twilio::fields_of(call)); };
  STRCMP_EQUAL("AC0123456789abcdef0123456789abcdef", of(post("https://b/", delivered, "")).c_str());
  STRCMP_EQUAL(
      "AC0123456789abcdef0123456789abcdef",
      of({.url = "https://b/?AccountSid=AC0123456789abcdef0123456789abcdef", .content_type = "application/json"})
          .c_str());
  STRCMP_EQUAL("", of(post("https://b/", {{"AccountSid", "AC'; DROP TABLE"}}, "")).c_str());
}

TEST(TwilioWebhook, aReceiptBecomesAnEvent) {
  auto fields = delivered;
  fields[2].second = "undelivered";
  fields.insert(fields.end(), {{"From", "+15550001111"}, {"ErrorCode", "30003"}});
  const auto event = event_of(fields, "https://b/status?rid=01J0000000000000000000000A");
  CHECK(event.kind == WebhookEvent::Kind::receipt);
  CHECK(event.receipt == relay::ReceiptStatus::failed);
  CHECK_EQUAL(final_rank, event.rank);
  STRCMP_EQUAL("SM0123456789abcdef0123456789abcdef", event.ref.c_str());
  STRCMP_EQUAL("01J0000000000000000000000A", event.message.c_str());
  STRCMP_EQUAL("+15550001111", event.ours.c_str());
  STRCMP_EQUAL("30003", event.code.c_str());
  STRCMP_EQUAL("twilio/SM0123456789abcdef0123456789abcdef/undelivered", event.fingerprint.c_str());
}

TEST(TwilioWebhook, anInboundMessageBecomesAnEvent) {
  const auto event = event_of({{"MessageSid", "SM1"},
                               {"SmsStatus", "received"},
                               {"From", "whatsapp:+15551239999"},
                               {"To", "whatsapp:+15550001111"},
                               {"Body", "Stop"},
                               {"OptOutType", "STOP"},
                               {"NumMedia", "1"},
                               {"MediaUrl0", "https://api.twilio.com/m/1"},
                               {"MediaContentType0", "image/jpeg"}});
  CHECK(event.kind == WebhookEvent::Kind::inbound);
  CHECK(event.channel == relay::Channel::whatsapp);
  STRCMP_EQUAL("+15551239999", event.from.c_str());
  STRCMP_EQUAL("+15550001111", event.ours.c_str());
  STRCMP_EQUAL("Stop", event.text.c_str());
  CHECK(event.opt_out == relay::OptOutWord::stop);
  CHECK_EQUAL(1, event.media.size());
  STRCMP_EQUAL("image/jpeg", event.media[0].type.c_str());
}

TEST(TwilioWebhook, aCallAboutNoMessageIsNoEvent) {
  const auto call = post("https://b/", {{"AccountSid", "AC1"}}, "");
  CHECK_FALSE(twilio::read_event(call, *twilio::fields_of(call), {}).has_value());
}
