#include "bridge/sending/sending.hpp"

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/link/event_json.hpp"
#include "relay/link/message_json.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using namespace std::chrono_literals;
using bridge_test::account;
using nlohmann::json;
using relay::providers::WebhookEvent;

namespace {

constexpr const char* id = "0dwpm3vq8k2aa";
constexpr const char* other_id = "0dwpm3vq8k2bb";
constexpr const char* sid = "SM0123456789abcdef0123456789abcdef";
constexpr const char* to = "+15551230001";
const relay::http::ClientFailure no_connection{.phase = relay::http::Phase::connect, .message = "refused"};
const relay::http::ClientFailure lost{
    .phase = relay::http::Phase::receive, .request_byte_left = true, .message = "reset"};

std::string chain_text() {
  return relay::concat("[chain]\nsms = [\"main\"]\n[providers.main]\nkind = \"twilio\"\naccount_sid = \"", account,
                       "\"\nfrom = \"+15550001111\"\n");
}

relay::link::Handover handover(int attempt, const char* text = "hello") {
  relay::link::Handover out{.attempt = attempt, .life_left = 1h};
  out.message.to = to;
  out.message.content = relay::SmsContent{text};
  out.message.segments = 1;
  return out;
}

}  // namespace

TEST_GROUP(Sending) {
  bridge_test::BridgeWorld w;
  fakes::HttpScript twilio;
  std::unique_ptr<sending::Sending> sending;
  std::vector<std::string> poked;

  void setup() override {
    w.open();
    w.add_box("acme", "b1");
    w.add_box("acme", "b2");
    w.add_box("other", "b1");
    CHECK(w.run(w.directory->put_credential("acme", "twilio", account, "the-auth-token", "test")).has_value());
    CHECK(w.run(w.directory->put_chain("acme", chain_text(), "test")).has_value());
    begin();
  }
  void teardown() override { w.world.run(sending->stop()); }
  void begin(bool several_nodes = false) {
    sending = std::make_unique<sending::Sending>(
        sending::Sending::Parts{.runtime = w.world.runtime(),
                                .store = *w.store,
                                .directory = *w.directory,
                                .make_client =
                                    [this](relay::http::ClientOptions) {
                                      return std::make_unique<fakes::ScriptedHttpClient>(w.world.runtime(), twilio);
                                    },
                                .on_stored = [this](const std::string& box) { poked.push_back(box); },
                                .thread = relay::outbox::StoreThread::loop},
        sending::SendingSettings{.directory = w.folder,
                                 .public_url = "https://bridge.example.com",
                                 .several_nodes = several_nodes,
                                 .hold = 30s,
                                 .hold_urgent = 10s,
                                 .max_queued = 100,
                                 .rate_per_box = 50,
                                 .max_size = 64 << 20});
    w.world.run(sending->start());
  }
  relay::http::ServerResponse request(const char* method, const std::string& target, const std::string& body,
                                      const char* tenant, const char* box) {
    const auto mark = target.find('?');
    const relay::http::ServerRequest request{.method = method,
                                             .path = std::string{sending::Sending::path} + target.substr(0, mark),
                                             .query = mark == std::string::npos ? "" : target.substr(mark + 1),
                                             .headers = {},
                                             .body = body,
                                             .peer = "192.0.2.7"};
    return w.run(sending->answer(request, *w.directory->box(tenant, box)));
  }
  relay::http::ServerResponse put(const relay::link::Handover& what, const char* message = id, const char* box = "b1",
                                  const char* tenant = "acme") {
    return request("PUT", message, to_json(what), tenant, box);
  }
  relay::http::ServerResponse ask(int attempt, const char* message = id, const char* box = "b1",
                                  const char* tenant = "acme") {
    return request("GET", relay::concat(message, "?attempt=", attempt), "", tenant, box);
  }
  void accept() { twilio.answer(201, json{{"sid", sid}, {"status", "queued"}}.dump()); }
  static std::string type_of(const relay::http::ServerResponse& answer) {
    const auto type = json::parse(answer.body).value("type", "");
    return type.substr(type.rfind('/') + 1);
  }
  WebhookEvent told(const char* box = "b1") {
    const auto waiting = w.waiting("acme", box);
    if (waiting.empty()) FAIL("the box was told nothing");
    return relay::link::from_json(waiting.back().data).value();
  }
  bool receipt(const char* status, relay::ReceiptStatus word, std::string message) {
    return w
        .run(sending->take_receipt("acme", {.kind = WebhookEvent::Kind::receipt,
                                            .provider = "twilio",
                                            .fingerprint = status,
                                            .ref = sid,
                                            .message = std::move(message),
                                            .status = status,
                                            .receipt = word}))
        .value();
  }
  std::string ref_of(const relay::http::ServerResponse& answer) { return json::parse(answer.body)["ref"]; }
};

TEST(Sending, aMessageIsTakenSentAndItsReceiptGoesToItsBox) {
  accept();
  const auto answer = put(handover(1));
  CHECK_EQUAL(201, answer.status);
  w.world.run_for(1s);
  CHECK_EQUAL(1, twilio.requests.size());
  CHECK(twilio.requests[0].body.find("StatusCallback=https%3A%2F%2Fbridge.example.com") != std::string::npos);
  CHECK(w.waiting().empty());  // accepted by Twilio: nothing that the box does not know
  CHECK(receipt("delivered", relay::ReceiptStatus::delivered, ref_of(answer)));
  w.world.run_for(1s);
  const auto event = told();
  STRCMP_EQUAL("bridge", event.provider.c_str());
  STRCMP_EQUAL(ref_of(answer).c_str(), event.ref.c_str());
  STRCMP_EQUAL(id, event.message.c_str());
  CHECK(event.receipt == relay::ReceiptStatus::delivered);
  CHECK_EQUAL(1, event.attempt);
  CHECK_FALSE(event.not_sent);
  STRCMP_EQUAL("acme/b1", poked.back().c_str());
}

TEST(Sending, theSameAgainIsAnsweredAndNotSentAgain) {
  accept();
  const auto first = put(handover(1));
  const auto again = put(handover(1));
  CHECK_EQUAL(200, again.status);
  STRCMP_EQUAL(ref_of(first).c_str(), ref_of(again).c_str());
  w.world.run_for(1s);
  CHECK_EQUAL(200, put(handover(5)).status);  // a later attempt of the box, which never heard the answer
  w.world.run_for(60s);
  CHECK_EQUAL(1, std::ranges::count(twilio.requests, "POST", &relay::http::ClientRequest::method));
}

TEST(Sending, anIdIsOneMessage) {
  accept();
  CHECK_EQUAL(201, put(handover(1)).status);
  const auto other = put(handover(1, "something else"));
  CHECK_EQUAL(409, other.status);
  STRCMP_EQUAL("other-content", type_of(other).c_str());
}

TEST(Sending, itIsKnownAfterARestart) {
  accept();
  const auto first = put(handover(1));
  w.world.run_for(1s);
  w.world.run(sending->stop());
  begin();
  const auto again = put(handover(2));
  CHECK_EQUAL(200, again.status);
  STRCMP_EQUAL(ref_of(first).c_str(), ref_of(again).c_str());
  CHECK_EQUAL(200, ask(1).status);
}

TEST(Sending, notTakenIsAPromise) {
  CHECK_EQUAL(404, ask(2).status);
  STRCMP_EQUAL("not-taken", type_of(ask(2)).c_str());
  CHECK_EQUAL(409, put(handover(2)).status);  // its bytes came late
  CHECK_EQUAL(409, put(handover(1)).status);
  accept();
  CHECK_EQUAL(201, put(handover(3)).status);
}

TEST(Sending, whoAsksSeesItsOwnOnly) {
  accept();
  CHECK_EQUAL(201, put(handover(1)).status);
  CHECK_EQUAL(404, ask(1, id, "b2").status);
  accept();
  CHECK_EQUAL(201, put(handover(9, "of another box"), id, "b2").status);
  CHECK_EQUAL(403, ask(1, id, "b1", "other").status);  // another tenant, with no chain
  CHECK_EQUAL(403, put(handover(1), id, "b1", "other").status);
  CHECK(w.run(w.directory->put_chain("other", chain_text(), "test")).has_value());
  CHECK(w.run(sending->renew("other")).has_value() || true);
}

TEST(Sending, withoutAWayOutTheBoxHasItBack) {
  twilio.fail(no_connection);
  const auto first = put(handover(1));
  CHECK_EQUAL(201, first.status);
  for (int i = 0; i < 100; ++i) twilio.fail(no_connection);
  w.world.run_for(29s);
  CHECK(w.waiting().empty());
  w.world.run_for(3s);
  const auto event = told();
  CHECK(event.not_sent);
  CHECK(event.receipt == relay::ReceiptStatus::failed);
  STRCMP_EQUAL(ref_of(first).c_str(), event.ref.c_str());
  CHECK(json::parse(ask(1).body)["not_sent"].get<bool>());
  // The breaker is open by now: nothing more is taken, at once.
  const auto second = put(handover(2), other_id);
  CHECK_EQUAL(503, second.status);
  STRCMP_EQUAL("no-way-out", type_of(second).c_str());
  // Once it heals, the box's next attempt is another entry under the same id.
  twilio.steps.clear();
  accept();
  w.world.run_for(60s);
  const auto third = put(handover(3));
  CHECK_EQUAL(201, third.status);
  CHECK(ref_of(third) != ref_of(first));
}

TEST(Sending, anEarlierAttemptsBytesMakeNoSecondEntry) {
  for (int i = 0; i < 100; ++i) twilio.fail(no_connection);
  CHECK_EQUAL(201, put(handover(2)).status);
  w.world.run_for(40s);
  CHECK(told().not_sent);
  CHECK_EQUAL(200, put(handover(2)).status);  // the same one, come late
  CHECK_EQUAL(200, put(handover(1)).status);
}

TEST(Sending, whatMayBeOutIsNotGivenBack) {
  twilio.fail(lost);
  CHECK_EQUAL(201, put(handover(1)).status);
  w.world.run_for(60s);
  CHECK(w.waiting().empty());
  CHECK_FALSE(json::parse(ask(1).body)["not_sent"].get<bool>());
}

TEST(Sending, anAlarmComesBackSooner) {
  for (int i = 0; i < 100; ++i) twilio.fail(no_connection);
  auto alarm = handover(1);
  alarm.message.message_class = relay::MessageClass::alarm;
  CHECK_EQUAL(201, put(alarm).status);
  w.world.run_for(13s);
  CHECK(told().not_sent);
}

TEST(Sending, whatEachProviderRefusesIsRefusedForGood) {
  twilio.answer(400, R"({"code":21612,"message":"no"})");
  CHECK_EQUAL(201, put(handover(1)).status);
  w.world.run_for(1s);
  const auto event = told();
  CHECK(event.not_sent);
  CHECK(event.refused);
  CHECK_EQUAL(422, put(handover(2)).status);
}

TEST(Sending, whoHasOptedOutIsToldToTheBoxAndTriedAgainWhenItSaysSo) {
  twilio.answer(400, R"({"code":21610,"message":"stop"})");
  CHECK_EQUAL(201, put(handover(1)).status);
  w.world.run_for(1s);
  const auto event = told();
  CHECK(event.opted_out);
  CHECK_FALSE(event.not_sent);
  STRCMP_EQUAL(to, event.to.c_str());
  accept();  // the person said START to the box
  CHECK_EQUAL(201, put(handover(1, "welcome back"), other_id).status);
}

TEST(Sending, aBoxThatAsksTooOftenIsToldSo) {
  int status = 404;
  for (int i = 0; i < 600 && status == 404; ++i) status = ask(1).status;
  CHECK_EQUAL(429, status);
  CHECK_EQUAL(404, ask(1, id, "b2").status);  // another box does not pay for it
}

TEST(Sending, aReceiptOfABoxsOwnMessageIsNotOurs) {
  CHECK_FALSE(receipt("delivered", relay::ReceiptStatus::delivered, "0dwpm3vq8k2zz"));
}

TEST(Sending, aChainWithoutAnOperatorReadsNoFileAndGoesNowhereElse) {
  const auto refused = [&](const char* more, bool by_operator) {
    return !sending->check("acme", chain_text() + more, by_operator).has_value();
  };
  CHECK_FALSE(refused("", false));
  CHECK(refused("auth_token_file = \"/etc/edge-bridge/master.key\"\n", true));
  CHECK(refused("auth_token_env = \"HOME\"\n", true));
  CHECK(refused("base_url = \"https://10.0.0.1\"\n", false));
  CHECK(refused("connect_to = [\"api.twilio.com:443:10.0.0.1:443\"]\n", false));
  CHECK(refused("ca_file = \"/tmp/ca.pem\"\n", false));
  CHECK_FALSE(refused("base_url = \"https://10.0.0.1\"\n", true));
  CHECK(refused("[providers.box]\nkind = \"modem\"\n", true));
  CHECK(refused("[providers.demo]\nkind = \"demo\"\n", true));
  CHECK_FALSE(sending->check("acme", "[chain]\nsms = [\"nobody\"]\n", true).has_value());
}

TEST(Sending, aDemoTenantSendsWithoutAnyCall) {
  CHECK(w.run(w.directory->add_tenant("show", true, "test")).has_value());
  CHECK(w.run(w.directory->invite("show", "b1", "test")).has_value());
  CHECK(w.run(sending->renew("show")).has_value());
  CHECK_EQUAL(201, put(handover(1), id, "b1", "show").status);
  w.world.run_for(5s);
  CHECK_EQUAL(1, w.waiting("show", "b1").size());
  CHECK(twilio.requests.empty());
  CHECK_FALSE(sending->check("show", chain_text(), true).has_value());
}

TEST(Sending, oneOfSeveralNodesSendsNothing) {
  w.world.run(sending->stop());
  begin(/*several_nodes=*/true);
  STRCMP_EQUAL("no-chain", type_of(put(handover(1))).c_str());
  STRCMP_CONTAINS("PostgreSQL", sending->check("acme", chain_text(), true).error().message.c_str());
  CHECK_EQUAL(0, twilio.requests.size());
}
