#include "relay/providers/aws/sns.hpp"

#include <fstream>
#include <sstream>

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "relay/providers/aws/sns_events.hpp"

using namespace relay::providers;
using relay::Millis;
using relay::WallTime;
using relay::crypto::Certificate;

namespace {

constexpr WallTime now{Millis{1'797'862'460'000}};  // a minute after the envelopes
constexpr const char* topic = "arn:aws:sns:eu-west-1:123456789012:sms-events";
const std::string certificate_file = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem";

std::string file(const std::string& name) {
  std::ifstream in(std::string{EDGE_RELAY_TEST_DATA} + "/sns/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Certificate certificate(const std::string& name) { return Certificate::parse(file(name)).value(); }

nlohmann::json envelopes() { return nlohmann::json::parse(file("envelopes.json")); }

bool good(const nlohmann::json& body, const std::string& leaf = "leaf.pem", const char* root = "ca.pem",
          WallTime at = now) {
  const auto envelope = aws::parse_envelope(body.dump());
  if (!envelope) return false;
  return certificate(leaf).leads_to(certificate(root)).has_value() &&
         aws::check_signature(*envelope, certificate(leaf), at).has_value();
}

}  // namespace

TEST_GROUP(Sns){};

// Signed by the openssl command: tests/data/sns/README.md.
TEST(Sns, genuineEnvelopesOfAllTypesAndVersions) {
  const auto all = envelopes();
  for (const char* name : {"notification_v1", "notification_v2", "notification_subject", "notification_null_subject",
                           "subscription", "unsubscribe"}) {
    CHECK_TEXT(good(all[name]), name);
  }
}

TEST(Sns, whateverIsSignedCannotBeChanged) {
  const auto all = envelopes();
  for (const auto& [name, keys] : std::map<std::string, std::vector<std::string>>{
           {"notification_subject", {"Message", "MessageId", "Subject", "Timestamp", "TopicArn"}},
           {"subscription", {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn"}},
           {"unsubscribe", {"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn"}}}) {
    for (const auto& key : keys) {
      auto body = all[name];
      body[key] = body[key].get<std::string>() + "x";
      CHECK_FALSE_TEXT(good(body), (name + " " + key).c_str());
    }
  }
  auto body = all["subscription"];
  body["Type"] = "UnsubscribeConfirmation";
  CHECK_FALSE(good(body));
  body = all["notification_v1"];
  body["SignatureVersion"] = "2";
  CHECK_FALSE(good(body));
  body = all["notification_v2"];
  body["Subject"] = "added";
  CHECK_FALSE(good(body));
}

TEST(Sns, theCertificateMustBeSnssValidAndTrusted) {
  const auto all = envelopes();
  CHECK_FALSE(good(all["wrong_name"], "wrongname.pem"));
  CHECK_FALSE(good(all["notification_v2"], "leaf.pem", "other.pem"));
  CHECK_FALSE(good(all["notification_v2"], "leaf.pem", "ca.pem", WallTime{Millis{946'684'800'000}}));    // 2000
  CHECK_FALSE(good(all["notification_v2"], "leaf.pem", "ca.pem", WallTime{Millis{4'102'444'800'000}}));  // 2100
  CHECK_FALSE(good(all["notification_v2"], "short.pem"));
}

TEST(Sns, onlyAmazonsCertificateUrls) {
  const auto of = aws::parse_topic(topic);
  CHECK(aws::is_certificate_url("https://sns.eu-west-1.amazonaws.com" + certificate_file, of));
  CHECK(aws::is_certificate_url("https://sns.eu-west-1.amazonaws.com:443" + certificate_file, of));
  CHECK(aws::is_certificate_url("https://sns.cn-north-1.amazonaws.com.cn" + certificate_file,
                                aws::parse_topic("arn:aws-cn:sns:cn-north-1:1:t")));
  for (const std::string host :
       {"http://sns.eu-west-1.amazonaws.com", "https://sns.us-east-1.amazonaws.com",
        "https://sns.eu-west-1.amazonaws.com.evil.example", "https://sns.eu-west-1.amazonaws.com@evil.example",
        "https://evil.example/sns.eu-west-1.amazonaws.com", "https://sns.eu-west-1.amazonaws.com:8443",
        "https://sns.eu-west-1.s3.amazonaws.com", "https://user@sns.eu-west-1.amazonaws.com",
        "https://SNS.eu-west-1.amazonaws.com", "https://sns.eu-west-1.amazonaws.com.cn", "https://sns..amazonaws.com",
        "https://sns.eu-west-1.amazonaws.com/..", "https://sns.eu-west-1.amazonaws.com\\@evil.example",
        "https://sns.eu-west-1.amazonaws.com#", "//sns.eu-west-1.amazonaws.com", ""}) {
    CHECK_FALSE_TEXT(aws::is_certificate_url(host + certificate_file, of), host.c_str());
  }
  const std::string good_host = "https://sns.eu-west-1.amazonaws.com";
  for (const std::string path : {"", "/", "/a.pem", "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem?a",
                                 "/SimpleNotificationService-0123456789ABCDEF0123456789abcdef.pem",
                                 "/SimpleNotificationService-0123456789abcdef0123456789abcde/.pem",
                                 "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem#"}) {
    CHECK_FALSE_TEXT(aws::is_certificate_url(good_host + path, of), path.c_str());
  }
  for (const char* arn : {"", "arn:aws:sqs:eu-west-1:1:t", "arn:aws:sns:eu west:1:t", "arn:aws:sns:evil.example/:1:t",
                          "arn:aws:sns:eu-west-1:1", "arn:aws:sns:eu-west-1:1:t:x"}) {
    STRCMP_EQUAL("", aws::parse_topic(arn).region.c_str());
  }
}

TEST(Sns, oldEnvelopesAreStale) {
  const auto envelope = aws::parse_envelope(envelopes()["notification_v2"].dump()).value();
  CHECK(aws::is_fresh(envelope, now, Millis{3'600'000}));
  CHECK_FALSE(aws::is_fresh(envelope, now + Millis{3'600'000}, Millis{3'600'000}));
  CHECK_FALSE(aws::is_fresh(envelope, now - Millis{3'600'000}, Millis{3'600'000}));
}

TEST(Sns, incompleteEnvelopesAreRefused) {
  const auto whole = envelopes()["subscription"];
  for (const char* key : {"Type", "SignatureVersion", "Signature", "SigningCertURL", "TopicArn", "MessageId",
                          "Timestamp", "Token", "SubscribeURL"}) {
    auto body = whole;
    body.erase(key);
    CHECK_FALSE_TEXT(aws::parse_envelope(body.dump()).has_value(), key);
    body[key] = 1;
    CHECK_FALSE_TEXT(aws::parse_envelope(body.dump()).has_value(), key);
  }
  for (const char* body : {"", "[]", "{", "null", "{}"}) CHECK_FALSE(aws::parse_envelope(body).has_value());
}

TEST(Sns, aDeliveryEventIsRead) {
  const auto events = aws::read_events(aws::parse_envelope(envelopes()["notification_v2"].dump()).value());
  CHECK_EQUAL(1, events.size());
  const auto& event = events.front();
  CHECK(event.receipt == relay::ReceiptStatus::delivered);
  STRCMP_EQUAL("m-1", event.ref.c_str());
  STRCMP_EQUAL("01J0000000000000000000000A", event.message.c_str());
  STRCMP_EQUAL("+15550001111", event.ours.c_str());
  STRCMP_EQUAL("0.00645 USD", event.cost.c_str());
  CHECK_EQUAL(2, event.segments);
  CHECK_EQUAL(1'790'000'001'000, relay::to_ms(event.at));
}

TEST(Sns, theCarriersWordIsNoDelivery) {
  aws::SnsEnvelope envelope{.timestamp = "2026-09-21T14:13:20.000Z"};
  envelope.message = R"({"eventType":"TEXT_SUCCESSFUL","messageId":"m","isFinal":false})";
  CHECK(aws::read_events(envelope).front().receipt == relay::ReceiptStatus::pending);
  envelope.message = R"({"eventType":"TEXT_SUCCESSFUL","messageId":"m","isFinal":true})";
  CHECK(aws::read_events(envelope).front().receipt == relay::ReceiptStatus::pending);
  envelope.message =
      R"({"eventType":"TEXT_CARRIER_UNREACHABLE","messageId":"m","messageStatus":"CARRIER_UNREACHABLE"})";
  const auto failed = aws::read_events(envelope).front();
  CHECK(failed.receipt == relay::ReceiptStatus::failed);
  STRCMP_EQUAL("CARRIER_UNREACHABLE", failed.code.c_str());
}

TEST(Sns, anInboundMessageIsRead) {
  aws::SnsEnvelope envelope{.message_id = "sns-1", .timestamp = "2026-09-21T14:13:20.000Z"};
  envelope.message =
      R"({"originationNumber":"+15551230001","destinationNumber":"15550001111","messageKeyword":"K","messageBody":"Hi",)"
      R"("inboundMessageId":"in-1"})";
  const auto event = aws::read_events(envelope).front();
  CHECK(event.kind == WebhookEvent::Kind::inbound);
  STRCMP_EQUAL("+15551230001", event.from.c_str());
  STRCMP_EQUAL("+15550001111", event.ours.c_str());
  STRCMP_EQUAL("aws/in-1/received", event.fingerprint.c_str());
}

TEST(Sns, whatsAppIsReadOutOfThreeLayers) {
  const nlohmann::json entry{
      {"id", "waba"},
      {"changes",
       {{{"field", "messages"},
         {"value",
          {{"metadata", {{"display_phone_number", "15550001111"}, {"phone_number_id", "7"}}},
           {"messages",
            {{{"from", "15551230001"}, {"id", "wamid.1"}, {"type", "text"}, {"text", {{"body", "Grüße"}}}},
             {{"from", "15551230001"},
              {"id", "wamid.2"},
              {"type", "image"},
              {"image", {{"id", "99"}, {"mime_type", "image/png"}, {"caption", "c"}}}}}},
           {"statuses",
            {{{"id", "wamid.3"},
              {"status", "failed"},
              {"recipient_id", "15551230001"},
              {"errors", {{{"code", 131047}}}},
              {"biz_opaque_callback_data", "01J0000000000000000000000A"}}}}}}}}}};
  aws::SnsEnvelope envelope{.timestamp = "2026-09-21T14:13:20.000Z"};
  envelope.message = nlohmann::json{{"whatsAppWebhookEntry", entry.dump()}, {"messageId", "u"}}.dump();
  const auto events = aws::read_events(envelope);
  CHECK_EQUAL(3, events.size());
  CHECK(events[0].receipt == relay::ReceiptStatus::failed);
  STRCMP_EQUAL("131047", events[0].code.c_str());
  STRCMP_EQUAL("01J0000000000000000000000A", events[0].message.c_str());
  STRCMP_EQUAL("Grüße", events[1].text.c_str());
  STRCMP_EQUAL("+15550001111", events[1].ours.c_str());
  CHECK(events[1].channel == relay::Channel::whatsapp);
  STRCMP_EQUAL("aws-media:99", events[2].media.at(0).url.c_str());
  STRCMP_EQUAL("c", events[2].text.c_str());
}

TEST(Sns, whatTellsNothingIsNoEvent) {
  aws::SnsEnvelope envelope;
  for (const char* message :
       {"", "hello", "[]", "{}", R"({"eventType":"TEXT_SENT"})", R"({"whatsAppWebhookEntry":"{"})",
        R"({"whatsAppWebhookEntry":"{\"changes\":[1,{\"value\":{\"statuses\":[7],\"messages\":{}}}]}"})"}) {
    envelope.message = message;
    CHECK_EQUAL(0, aws::read_events(envelope).size());
  }
}
