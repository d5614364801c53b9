#include "bridge/webhooks/webhooks.hpp"

#include <fstream>
#include <sstream>

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "relay/providers/twilio/webhook.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using bridge_test::account;
using nlohmann::json;
using relay::Millis;
using relay::http::Headers;
using relay::http::ServerResponse;
namespace twilio = relay::providers::twilio;

namespace {

constexpr const char* token = "12345678901234567890123456789012";
constexpr const char* public_url = "https://bridge.example.com";
constexpr relay::WallTime in_december{Millis{1'797'862'460'000}};  // a minute after the envelopes of tests/data/sns

std::string file(const std::string& name) {
  std::ifstream in(std::string{EDGE_RELAY_TEST_DATA} + "/sns/" + name);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string form_of(const twilio::Fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields)
    out += (out.empty() ? "" : "&") + name + "=" + relay::http::percent_encode(value);
  return out;
}

}  // namespace

TEST_GROUP(Webhooks) {
  bridge_test::BridgeWorld w;
  fakes::HttpScript amazon;
  std::unique_ptr<fakes::ScriptedHttpClient> client;
  std::unique_ptr<webhooks::Webhooks> hooks;
  std::vector<std::string> poked;
  std::vector<std::string> offered;        // receipts, to whoever sends for the tenant
  relay::Result<bool> own_answer = false;  // who says so
  twilio::Fields receipt{{"AccountSid", account},
                         {"MessageSid", "SM1"},
                         {"MessageStatus", "sent"},
                         {"From", "+15550001111"},
                         {"To", "+15551230001"}};

  void setup() override {
    w.open();
    w.world.clock.set_wall(in_december);
    w.add_box("acme", "b1");
    CHECK(w.run(w.directory->put_credential("acme", "twilio", account, token, "test")).has_value());
    CHECK(w.run(w.directory->put_route({store::Route::Kind::topic, bridge_test::topic, "acme", ""}, "t")).has_value());
    client = std::make_unique<fakes::ScriptedHttpClient>(w.world.runtime(), amazon);
    make_hooks("ca.pem");
  }
  void make_hooks(const std::string& roots) {
    hooks = std::make_unique<webhooks::Webhooks>(
        webhooks::Webhooks::Parts{.runtime = w.world.runtime(),
                                  .directory = *w.directory,
                                  .store = *w.store,
                                  .sns_client = *client,
                                  .on_stored = [this](const std::string& box) { poked.push_back(box); },
                                  .take_receipt =
                                      [this](std::string tenant, relay::providers::WebhookEvent event) {
                                        return take_receipt(std::move(tenant), std::move(event));
                                      }},
        webhooks::WebhookSettings{.public_url = public_url,
                                  .sns_roots = relay::crypto::Certificate::parse(file(roots)).value()});
  }
  relay::Task<relay::Result<bool>> take_receipt(std::string tenant, relay::providers::WebhookEvent event) {
    offered.push_back(tenant + "/" + event.ref);
    co_return own_answer;
  }
  ServerResponse post(std::string path, std::string body, Headers headers, std::string query = "") {
    const relay::http::ServerRequest request{.method = "POST",
                                             .path = "/api/webhooks/" + std::move(path),
                                             .query = std::move(query),
                                             .headers = std::move(headers),
                                             .body = std::move(body),
                                             .peer = "192.0.2.7"};
    return w.run(hooks->answer(request));
  }
  int from_twilio(const twilio::Fields& fields, std::string path = "twilio/sms", std::string query = "") {
    const auto url = std::string{public_url} + "/api/webhooks/" + path + (query.empty() ? "" : "?" + query);
    return post(path, form_of(fields),
                {{"Content-Type", "application/x-www-form-urlencoded"},
                 {"X-Twilio-Signature", twilio::sign(url, fields, token)}},
                query)
        .status;
  }
  int from_sns(const std::string& body, std::string path = "aws-sns") {
    return post(std::move(path), body, {{"x-amz-sns-message-type", "Notification"}}).status;
  }
  json envelope(const char* name) const { return json::parse(file("envelopes.json"))[name]; }
  std::size_t kept() { return w.run(w.store->list_events({.tenant = "acme"})).value().events.size(); }
};

TEST(Webhooks, aReceiptIsKeptAndTheBoxIsTold) {
  CHECK_EQUAL(200, from_twilio(receipt, "twilio/sms", "rid=01J0000000000000000000000A"));
  const auto events = w.waiting();
  CHECK_EQUAL(1, events.size());
  const auto data = json::parse(events[0].data);
  STRCMP_EQUAL("receipt", data["kind"].get<std::string>().c_str());
  STRCMP_EQUAL("01J0000000000000000000000A", data["message"].get<std::string>().c_str());
  STRCMP_EQUAL("acme/b1", poked.at(0).c_str());
}

TEST(Webhooks, aReceiptOfWhatTheBridgeSentIsNotTheBoxs) {
  own_answer = true;
  CHECK_EQUAL(200, from_twilio(receipt));
  CHECK_EQUAL(0, kept());
  CHECK_EQUAL(1, offered.size());
  STRCMP_EQUAL("acme/SM1", offered.front().c_str());
  own_answer = relay::fail(relay::ErrorCode::io, "the disk is gone");
  receipt[2].second = "delivered";
  CHECK_EQUAL(503, from_twilio(receipt));
  CHECK_EQUAL(0, kept());
}

TEST(Webhooks, everyPathOfTwilioAndTheNeutralOnes) {
  for (const char* path : {"twilio/sms", "twilio/whatsapp", "sms", "whatsapp"}) {
    receipt[1].second = path;
    CHECK_EQUAL_TEXT(200, from_twilio(receipt, path), path);
  }
  CHECK_EQUAL(4, kept());
  CHECK_EQUAL(404, from_twilio(receipt, "twilio/voice"));
}

TEST(Webhooks, repeatsAndOldNewsAreAnsweredAndNotKept) {
  receipt[2].second = "delivered";
  CHECK_EQUAL(200, from_twilio(receipt));
  CHECK_EQUAL(200, from_twilio(receipt));
  receipt[2].second = "sent";
  CHECK_EQUAL(200, from_twilio(receipt));
  CHECK_EQUAL(1, kept());
  CHECK_EQUAL(1, hooks->figures().repeated);
  CHECK_EQUAL(1, hooks->figures().stale);
}

TEST(Webhooks, whatIsNotProvenIsRefusedAndNotKept) {
  const Headers form{{"Content-Type", "application/x-www-form-urlencoded"}};
  CHECK_EQUAL(403, post("twilio/sms", form_of(receipt), form).status);
  auto headers = form;
  headers.push_back({"X-Twilio-Signature", "fkpF+4FLDcLKNh4IuvpfCCNLjg0="});
  CHECK_EQUAL(403, post("twilio/sms", form_of(receipt), headers).status);
  CHECK_EQUAL(403, post("sms", "", {}).status);
  receipt[0].second = "AC00000000000000000000000000000000";  // nobody's
  CHECK_EQUAL(403, from_twilio(receipt));
  CHECK_EQUAL(0, kept());
  CHECK_EQUAL(4, hooks->figures().refused);
}

TEST(Webhooks, aStoreThatCannotIsSaidSo) {
  w.run(w.store->close());
  CHECK_EQUAL(503, from_twilio(receipt));
  CHECK_EQUAL(1, hooks->figures().failed);
}

TEST(Webhooks, snsOfBothVersionsIsKeptAndItsCertificateFetchedOnce) {
  amazon.answer(200, file("leaf.pem"));
  CHECK_EQUAL(200, from_sns(envelope("notification_v1").dump()));
  CHECK_EQUAL(200, from_sns(envelope("notification_v2").dump(), "aws-whatsapp"));  // the same event again
  CHECK_EQUAL(1, kept());
  CHECK_EQUAL(1, amazon.requests.size());
  STRCMP_EQUAL(envelope("notification_v1")["SigningCertURL"].get<std::string>().c_str(),
               amazon.requests[0].url.c_str());
}

TEST(Webhooks, anSnsCertificateOfAnotherAuthorityIsRefusedEachTime) {
  make_hooks("other.pem");
  amazon.answer(200, file("leaf.pem"));
  CHECK_EQUAL(403, from_sns(envelope("notification_v1").dump()));
  CHECK_EQUAL(403, from_sns(envelope("notification_v1").dump()));
  CHECK_EQUAL(1, amazon.requests.size());
  CHECK_EQUAL(0, kept());
}

TEST(Webhooks, snsIsRefusedBeforeAnythingIsFetched) {
  auto body = envelope("notification_v2");
  body["TopicArn"] = "arn:aws:sns:eu-west-1:999999999999:sms-events";
  CHECK_EQUAL(403, from_sns(body.dump()));
  body = envelope("notification_v2");
  body["SigningCertURL"] = "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem";
  CHECK_EQUAL(403, from_sns(body.dump()));
  CHECK_EQUAL(403, from_sns("{}"));
  CHECK_EQUAL(403, post("aws-sns", envelope("notification_v2").dump(), {{"x-amz-sns-rawdelivery", "true"}}).status);
  w.world.clock.advance(std::chrono::hours{7});
  CHECK_EQUAL(403, from_sns(envelope("notification_v2").dump()));  // stale
  CHECK_EQUAL(0, amazon.requests.size());
  CHECK_EQUAL(0, kept());
}

TEST(Webhooks, aForgedEnvelopeIsRefused) {
  amazon.answer(200, file("leaf.pem"));
  auto body = envelope("notification_v2");
  body["MessageId"] = "n-2";
  CHECK_EQUAL(403, from_sns(body.dump()));
  CHECK_EQUAL(403, from_sns(envelope("wrong_name").dump()));
  CHECK_EQUAL(0, kept());
}

TEST(Webhooks, aCertificateThatCannotBeFetchedMeansComeAgain) {
  amazon.answer(500, "").answer(200, file("leaf.pem"));
  CHECK_EQUAL(503, from_sns(envelope("notification_v2").dump()));
  CHECK_EQUAL(503, from_sns(envelope("notification_v2").dump()));  // not asked for again at once
  CHECK_EQUAL(1, amazon.requests.size());
  w.world.clock.advance(Millis{11'000});
  CHECK_EQUAL(200, from_sns(envelope("notification_v2").dump()));
}

TEST(Webhooks, aSubscriptionIsConfirmedAtAmazonAndNowhereElse) {
  amazon.answer(200, file("leaf.pem")).answer(200, "<ConfirmSubscriptionResponse/>");
  CHECK_EQUAL(200, from_sns(envelope("subscription").dump()));
  CHECK_EQUAL(2, amazon.requests.size());
  STRCMP_EQUAL(
      "https://sns.eu-west-1.amazonaws.com/"
      "?Action=ConfirmSubscription&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-"
      "west-1%3A123456789012%3Asms-events&Token=2336412f37fb687f5d51e6e2425f",
      amazon.requests[1].url.c_str());
  CHECK_EQUAL(200, from_sns(envelope("unsubscribe").dump()));  // told to the operator, not undone
  CHECK_EQUAL(2, amazon.requests.size());
  CHECK(w.world.log.contains("topic_unsubscribed"));
}

TEST(Webhooks, noSecretAndNoWholeNumberIsLogged) {
  CHECK_EQUAL(200, from_twilio(receipt));
  receipt[0].second = "AC00000000000000000000000000000000";
  CHECK_EQUAL(403, from_twilio(receipt));
  CHECK_FALSE(w.world.log.contains(token));
  CHECK_FALSE(w.world.log.contains("+15551230001"));
}
