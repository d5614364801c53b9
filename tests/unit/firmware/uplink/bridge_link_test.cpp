#include "firmware/uplink/bridge_link.hpp"

#include <algorithm>
#include <filesystem>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "relay/base/rfc3339.hpp"
#include "relay/crypto/certificate.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using firmware::uplink::BridgeLink;
using nlohmann::json;

namespace {

json event(std::int64_t number, const std::string& text) {
  return {{"number", number},
          {"id", "evt_" + std::to_string(number)},
          {"data",
           {{"kind", "inbound"},
            {"provider", "twilio"},
            {"channel", "sms"},
            {"fingerprint", text},
            {"at", "2026-09-21T14:13:20.000Z"},
            {"from", "+15551230001"},
            {"text", text}}}};
}

}  // namespace

TEST_GROUP(BridgeLink) {
  fakes::VirtualRuntime world;
  std::string folder;
  std::unique_ptr<outbox::SqliteOutbox> outbox;
  fakes::HttpScript bridge;
  std::vector<http::ClientOptions> clients;
  std::vector<std::string> taken;
  std::vector<WallTime> times;
  bool takes = true;
  WallTime bridge_time = world.clock.wall();
  std::string code = "code";
  std::unique_ptr<BridgeLink> link;

  void setup() override {
    std::string name = (std::filesystem::temp_directory_path() / "bridge-link-XXXXXX").string();
    folder = mkdtemp(name.data());
    outbox = std::move(*outbox::SqliteOutbox::open(
        world.runtime(), {.path = folder + "/outbox.db", .thread = outbox::StoreThread::loop}));
  }
  void teardown() override {
    stop();
    outbox.reset();
    std::filesystem::remove_all(folder);
  }
  void stop() {
    if (link) world.run(link->stop());
    link.reset();
  }
  void start() {
    stop();
    link = std::make_unique<BridgeLink>(
        world.runtime(),
        BridgeLink::Ports{.outbox = *outbox,
                          .make_client =
                              [this](http::ClientOptions options) {
                                clients.push_back(options);
                                return std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), bridge);
                              },
                          .take = [this](providers::WebhookEvent e) { return take(std::move(e)); },
                          .on_time = [this](WallTime now) { times.push_back(now); }},
        firmware::uplink::BridgeSettings{
            .urls = {"https://link"}, .enrol_url = "https://public", .enrolment_code = code});
    link->start();
  }
  Task<bool> take(providers::WebhookEvent e) {
    if (takes) taken.push_back(e.text);
    co_return takes;
  }
  void give_certificate() {
    const auto now = world.clock.wall();
    const auto key = crypto::make_key(world.random).value();
    const auto pem =
        crypto::make_authority(key, {"acme.b1", now, now + std::chrono::days{90}, {}}, world.random).value();
    bridge.answer(201, json{{"certificate", pem}, {"expires_at", "x"}}.dump());
  }
  void give(const json& events, Millis after = {}, const std::string& now = "") {
    bridge.answer(
        200, json{{"now", now.empty() ? format_rfc3339(bridge_time) : now}, {"epoch", "e1"}, {"events", events}}.dump(),
        {}, after);
  }
  std::string url_of(std::size_t request) const { return bridge.requests.at(request).url; }
};

TEST(BridgeLink, itEnrolsOnceWithItsCodeAndAKeyOfItsOwn) {
  give_certificate();
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  STRCMP_EQUAL("https://public/v1/link/enrol", url_of(0).c_str());
  const auto asked = json::parse(bridge.requests[0].body);
  STRCMP_EQUAL("code", asked["code"].get<std::string>().c_str());
  STRCMP_CONTAINS("BEGIN CERTIFICATE REQUEST", asked["request"].get<std::string>().c_str());
  CHECK(clients.at(0).certificate.empty());
  STRCMP_CONTAINS("PRIVATE KEY", clients.at(1).key.c_str());
  STRCMP_CONTAINS("BEGIN CERTIFICATE", clients.at(1).certificate.c_str());
  CHECK_FALSE(world.log.contains("PRIVATE KEY"));
  give(json::array(), Millis{25'000});
  start();  // after a restart it is known
  world.run_for(Millis{1'000});
  STRCMP_CONTAINS("https://link/v1/link/events", url_of(2).c_str());
}

TEST(BridgeLink, itHearsWhatTimeItIs) {
  give_certificate();
  give(json::array({event(1, "one")}), {}, "2026-09-21T14:13:20.250Z");
  give(json::array(), Millis{25'000}, "some day");  // no time: nothing is told
  start();
  world.run_for(Millis{30'000});
  CHECK_EQUAL(1, times.size());
  CHECK(relay::to_ms(times[0]) == 1'790'000'000'250);
}

TEST(BridgeLink, itAcknowledgesWhatIsCommittedAndGoesOnThereAfterARestart) {
  give_certificate();
  give({event(1, "one"), event(2, "two")});
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  CHECK_EQUAL(2, taken.size());
  STRCMP_CONTAINS("epoch=&after=0", url_of(1).c_str());
  STRCMP_CONTAINS("epoch=e1&after=2", url_of(2).c_str());
  give({event(2, "two"), event(3, "three")});  // one of them comes again
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  STRCMP_CONTAINS("epoch=e1&after=2", url_of(3).c_str());
  CHECK_EQUAL(3, taken.size());
  STRCMP_EQUAL("three", taken[2].c_str());
}

TEST(BridgeLink, whatTheStoreCannotTakeIsNotAcknowledged) {
  give_certificate();
  give(json::array({event(1, "one")}));
  takes = false;
  start();
  world.run_for(Millis{50});
  CHECK_EQUAL(0, taken.size());
  takes = true;
  give(json::array({event(1, "one")}));
  give(json::array(), Millis{25'000});
  world.run_for(Millis{5'000});
  STRCMP_CONTAINS("after=0", url_of(2).c_str());
  CHECK_EQUAL(1, taken.size());
  STRCMP_CONTAINS("after=1", url_of(3).c_str());
}

TEST(BridgeLink, whatItDoesNotUnderstandHoldsNothingUp) {
  give_certificate();
  json strange = event(1, "x");
  strange["data"]["kind"] = "from the future";
  give({strange, event(2, "two"), 7});
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  CHECK_EQUAL(1, taken.size());
  STRCMP_CONTAINS("after=2", url_of(2).c_str());
}

TEST(BridgeLink, aBridgeSetUpAnewStartsAtItsBeginning) {
  give_certificate();
  give({event(1, "one"), event(2, "two")});
  bridge.answer(200, json{{"epoch", "e2"}, {"events", {event(1, "new")}}}.dump());
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  CHECK_EQUAL(3, taken.size());
  STRCMP_CONTAINS("epoch=e2&after=1", url_of(3).c_str());
}

TEST(BridgeLink, itComesBackWithPausesThatGrow) {
  give_certificate();
  for (int i = 0; i < 200; ++i) bridge.answer(503, "");
  start();
  world.run_for(std::chrono::hours{1});
  const auto tries = bridge.requests.size() - 1;
  CHECK(tries > 60);   // on average every half minute at the least
  CHECK(tries < 200);  // and not a storm
  CHECK(link->status().state == BridgeLink::State::connecting);
  STRCMP_CONTAINS("503", link->status().trouble.c_str());
  CHECK(link->status().down_since.has_value());
}

TEST(BridgeLink, itRenewsAtTwoThirdsOfTheCertificatesLifeByTheBridgesClock) {
  give_certificate();
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  stop();
  bridge.steps.clear();
  const auto before = bridge.requests.size();
  world.clock.jump_wall(std::chrono::days{300});  // a wrong clock of the box does not count
  give(json::array(), Millis{25'000});
  bridge_time += std::chrono::days{61};
  give(json::array(), Millis{25'000});
  give_certificate();
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{51'000});
  STRCMP_CONTAINS("https://link/v1/link/events", url_of(before).c_str());
  STRCMP_CONTAINS("https://link/v1/link/events", url_of(before + 1).c_str());
  STRCMP_EQUAL("https://link/v1/link/renew", url_of(before + 2).c_str());
  CHECK(clients.back().key != clients.at(1).key);  // a new key each time
}

TEST(BridgeLink, aNewCodeEnrolsABoxWhoseCertificateIsNoGood) {
  give_certificate();
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  bridge.steps.clear();
  code = "another";
  give_certificate();
  give(json::array(), Millis{25'000});
  const auto before = bridge.requests.size();
  start();
  world.run_for(Millis{1'000});
  STRCMP_EQUAL("https://public/v1/link/enrol", url_of(before).c_str());
  CHECK(clients.back().key != clients.at(1).key);
}

TEST(BridgeLink, anOldCodeThatIsRefusedDoesNotKeepAGoodCertificateFromItsWork) {
  give_certificate();
  give(json::array(), Millis{25'000});
  start();
  world.run_for(Millis{1'000});
  bridge.steps.clear();
  code = "mistyped";
  bridge.answer(403, json{{"detail", "not known"}}.dump());
  give(json::array(), Millis{25'000});
  const auto before = bridge.requests.size();
  start();
  world.run_for(Millis{1'000});
  STRCMP_CONTAINS("https://link/v1/link/events", url_of(before + 1).c_str());
  CHECK(link->status().state == BridgeLink::State::connecting);  // it waits for news
}

TEST(BridgeLink, aRenewalThatFailedIsTriedAgainAfterAPauseAndNotWithEachQuestion) {
  give_certificate();
  bridge_time += std::chrono::days{61};
  give(json::array(), Millis{25'000});
  bridge.answer(503, "");
  for (int i = 0; i < 30; ++i) give(json::array(), Millis{25'000});
  start();
  world.run_for(std::chrono::minutes{9});
  const auto renewals = [this] {
    return std::ranges::count_if(bridge.requests, [](const auto& one) { return one.url.ends_with("/renew"); });
  };
  CHECK_EQUAL(1, renewals());
  world.run_for(std::chrono::minutes{3});
  CHECK_EQUAL(2, renewals());
}
