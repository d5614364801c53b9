#include "relay/events/webhooks.hpp"

#include <filesystem>
#include <map>
#include <stdlib.h>

#include <CppUTest/TestHarness.h>

#include "relay/outbox/sqlite_outbox.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::events;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

WebhookSettings allowing(std::vector<std::string> places) { return {.allow = std::move(places), .secret = "x"}; }

/// Receivers by host: a status, or none for a dead one; each with its own slowness.
class Receivers final : public http::Client {
 public:
  struct Receiver {
    int status = 204;
    Millis after{10};
  };
  struct Got {
    std::string url;
    std::string id;
    SteadyTime at;
    std::string body;
  };
  explicit Receivers(Runtime runtime) : runtime_(runtime) {}
  Task<std::expected<http::ClientResponse, http::ClientFailure>> perform(http::ClientRequest request) override {
    const Receiver receiver = by_url[request.url];
    got.push_back({request.url, std::string{http::header_value(request.headers, "webhook-id")}, runtime_.clock.steady(),
                   request.body});
    co_await sleep_until(runtime_, std::min(request.deadline, runtime_.clock.steady() + receiver.after));
    if (receiver.status == 0) co_return std::unexpected(http::ClientFailure{.message = "connection refused"});
    co_return http::ClientResponse{.status = receiver.status};
  }
  [[nodiscard]] std::vector<Got> at(const std::string& url) const {
    std::vector<Got> out;
    for (const auto& g : got) {
      if (g.url == url) out.push_back(g);
    }
    return out;
  }

  std::map<std::string, Receiver> by_url;
  std::vector<Got> got;

 private:
  Runtime runtime_;
};

}  // namespace

TEST_GROUP(WebhookUrl){};

TEST(WebhookUrl, theWholeAuthorityDecides) {
  const auto settings = allowing({"app.lan", "10.0.0.5:8080", "[fd00::1]:8443"});
  for (const char* url : {"http://app.lan/hook", "https://app.lan", "http://app.lan:8080/x?y#z", "http://APP.LAN/",
                          "http://10.0.0.5:8080/", "https://[fd00::1]:8443/h"}) {
    CHECK_TEXT(is_allowed(settings, url), url);
  }
  for (const char* url : {"",
                          "app.lan/hook",
                          "ftp://app.lan/",
                          "file:///etc/passwd",
                          "http:///hook",
                          "http://evil.example/",
                          "http://app.lan.evil.example/",
                          "http://evil.example/app.lan",
                          "http://app.lan@evil.example/",
                          "http://app.lan:80@evil.example/",
                          "http://evil.example#app.lan",
                          "http://evil.example?app.lan",
                          "http://evil.example\\@app.lan/",
                          "http://app.lan\\.evil.example/",
                          "http://app.lan .evil.example/",
                          "http://app.lan\t/",
                          "http://app.lan/\r\nHost: evil.example",
                          "http://app.lan/a b",
                          "http://app.lan./",
                          "http://%61pp.lan/",
                          "http://app.lan:80evil/",
                          "http://app.lan:",
                          "http://app.lan:/",
                          "http://app.lan:80:81/",
                          "http://10.0.0.5/",
                          "http://10.0.0.5:80/",
                          "http://10.0.0.5:80800/",
                          "http://167772165:8080/",
                          "http://0x0a000005:8080/",
                          "http://10.5:8080/",
                          "http://[::ffff:10.0.0.5]:8080/",
                          "http://0.0.0.0/",
                          "http://127.0.0.1/",
                          "http://localhost/",
                          "http://169.254.169.254/latest/meta-data",
                          "http://[fd00::1]/",
                          "http://[::1]/",
                          "http://app\xE3\x80\x82lan/",
                          "http://\xEF\xBD\x81pp.lan/",
                          "//app.lan/",
                          "http:app.lan"}) {
    CHECK_TEXT(!is_allowed(settings, url), url);
  }
  CHECK_FALSE(is_allowed(allowing({}), "http://app.lan/"));
}

TEST_GROUP(WebhookSignature){};

TEST(WebhookSignature, isTheOneOfTheStandardsExample) {
  // https://github.com/standard-webhooks/standard-webhooks, the libraries' test vector: the secret is
  // base64 "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".
  const std::string secret{
      "\x31\xf2\x90\xf6\xbf\x06\x29\x8a\xab\x4f\x08\xd4\x3c\x3f\x08\x2c\xf6\x48\xa3\x62\xda\x2d\xa4\xb0"};
  STRCMP_EQUAL("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
               sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}").c_str());
}

TEST_GROUP(WebhookSender) {
  fakes::VirtualRuntime world;
  Receivers receivers{world.runtime()};
  std::string folder;
  std::unique_ptr<outbox::SqliteOutbox> outbox;
  std::unique_ptr<WebhookSender> sender;
  const std::string a = "http://a.lan/hook";
  const std::string b = "http://b.lan/hook";

  void setup() override {
    std::string name = (std::filesystem::temp_directory_path() / "relay-events-XXXXXX").string();
    folder = mkdtemp(name.data());
    auto opened = outbox::SqliteOutbox::open(world.runtime(),
                                             {.path = folder + "/outbox.db", .thread = outbox::StoreThread::loop});
    if (!opened) FAIL(opened.error().message.c_str());
    outbox = std::move(*opened);
  }
  void teardown() override {
    if (sender) world.run(sender->stop());
    sender.reset();
    outbox.reset();
    std::filesystem::remove_all(folder);
  }
  void start() {
    sender = std::make_unique<WebhookSender>(world.runtime(), *outbox, receivers, allowing({"a.lan", "b.lan"}));
    sender->start();
    world.settle();
  }
  std::string add(const std::string& url) {
    outbox::Event event;
    event.type = "message.sent";
    event.url = url;
    event.data = "{}";
    event.at = world.clock.wall();
    event.due = outbox->timeline().now();
    const auto id = world.run(outbox->add_event(event));
    if (!id) FAIL(id.error().message.c_str());
    if (sender) sender->poke();
    return "evt_" + std::to_string(*id);
  }
  std::size_t left() { return world.run(outbox->pending_events(TimelineTime::max(), 1000)).value().size(); }
};

TEST(WebhookSender, deliversAtOnceAndOnceInOrder) {
  start();
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(add(a));
  world.run_for(seconds{2});
  const auto got = receivers.at(a);
  CHECK_EQUAL(5, got.size());
  for (std::size_t i = 0; i < 5; ++i) CHECK(got[i].id == ids[i]);
  CHECK(got[0].body.starts_with(R"({"type":"message.sent","timestamp":")"));
  CHECK_EQUAL(0, left());
}

TEST(WebhookSender, aFailedEventIsSentAgainWithItsIdBeforeItsSuccessors) {
  receivers.by_url[a].status = 503;
  start();
  const auto first = add(a);
  const auto second = add(a);
  world.run_for(seconds{2});
  CHECK_EQUAL(1, receivers.at(a).size());
  receivers.by_url[a].status = 200;
  world.run_for(seconds{10});
  const auto got = receivers.at(a);
  CHECK_EQUAL(3, got.size());
  CHECK(got[0].id == first && got[1].id == first && got[2].id == second);
  CHECK_EQUAL(0, left());
}

TEST(WebhookSender, aDeadReceiverDelaysOnlyItself) {
  receivers.by_url[a] = {.status = 0, .after = seconds{10}};
  start();
  for (int i = 0; i < 50; ++i) add(a);
  world.run_for(seconds{1});
  const SteadyTime before = world.clock.steady();
  add(b);
  world.run_for(seconds{2});
  CHECK_EQUAL(1, receivers.at(b).size());
  CHECK(receivers.at(b)[0].at - before < seconds{1});
}

TEST(WebhookSender, aSlowReceiverDoesNotDelayTheRetriesOfAnother) {
  receivers.by_url[a] = {.status = 200, .after = seconds{9}};  // takes each, at a crawl
  receivers.by_url[b].status = 500;
  start();
  for (int i = 0; i < 60; ++i) add(a);
  add(b);
  world.run_for(seconds{2});
  CHECK_EQUAL(1, receivers.at(b).size());
  world.run_for(seconds{8});  // the first retry is due after 2.5 to 7.5 s
  CHECK_EQUAL(2, receivers.at(b).size());
}

TEST(WebhookSender, aDeadReceiverIsAskedEveryTenMinutesAndForgottenAfterThreeDays) {
  receivers.by_url[a].status = 0;
  start();
  add(a);
  world.run_for(hours{24});
  const std::size_t first_day = receivers.at(a).size();
  CHECK(first_day >= 90 && first_day <= 330);
  world.run_for(hours{24 * 4});
  CHECK_EQUAL(0, left());
  CHECK_TRUE(world.log.contains("event_dropped"));
  const auto handlers = world.handlers_run();
  world.run_for(hours{1});
  CHECK(world.handlers_run() - handlers < 100);  // and then silence
}

TEST(WebhookSender, anEventForAPlaceThatIsNoLongerAllowedIsDropped) {
  start();
  add("http://elsewhere.example/");
  world.run_for(seconds{2});
  CHECK_EQUAL(0, receivers.got.size());
  CHECK_EQUAL(0, left());
}

TEST(WebhookSender, whatWaitedBeforeARestartIsDelivered) {
  add(a);
  start();
  world.run_for(seconds{1});
  CHECK_EQUAL(1, receivers.at(a).size());
}
