#include "bridge/link/link.hpp"

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "relay/crypto/certificate.hpp"
#include "tests/unit/bridge/bridge_world.hpp"

using namespace bridge;
using nlohmann::json;
using relay::Millis;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

namespace {

relay::Task<> ask_into(link::Link& link, ServerRequest request, std::optional<ServerResponse>& out) {
  auto answer = co_await link.answer(request);
  out = std::move(answer);
}

}  // namespace

TEST_GROUP(Link) {
  bridge_test::BridgeWorld w;
  std::unique_ptr<link::Link> link;
  std::unique_ptr<relay::TaskGroup> group;
  std::string code;

  void setup() override {
    w.open();
    CHECK(w.run(w.directory->add_tenant("acme", false, "test")).has_value());
    code = w.run(w.directory->invite("acme", "b1", "test")).value().code;
    auto& random = w.world.random;
    const auto key = relay::crypto::make_key(random).value();
    const auto now = w.world.clock.wall();
    const auto certificate =
        relay::crypto::make_authority(key, {"Bridge", now, now + std::chrono::days{100}, {}}, random).value();
    link = std::make_unique<link::Link>(
        link::Link::Parts{.runtime = w.world.runtime(), .directory = *w.directory, .store = *w.store, .messages = {}},
        link::Authority{certificate, key}, "e1", std::chrono::days{90});
    group = std::make_unique<relay::TaskGroup>(w.world.runtime());
    link->start();
  }
  void teardown() override {
    link->finish();
    w.world.run(group->stop());
    w.world.run(link->stop());
  }
  std::string certificate_request() {
    auto& random = w.world.random;
    return relay::crypto::make_request(relay::crypto::make_key(random).value(), "x", random).value();
  }
  ServerResponse enrol(const std::string& with) {
    const ServerRequest request{.method = "POST",
                                .path = "/v1/link/enrol",
                                .query = {},
                                .headers = {},
                                .body = json{{"code", with}, {"request", certificate_request()}}.dump(),
                                .peer = "192.0.2.7"};
    return w.run(link->enrol(request));
  }
  static std::string fingerprint(const ServerResponse& answer) {
    const auto pem = json::parse(answer.body)["certificate"].get<std::string>();
    return relay::crypto::Certificate::parse(pem)->fingerprint();
  }
  static ServerRequest question(const std::string& certificate, const std::string& query) {
    return {.method = "GET",
            .path = "/v1/link/events",
            .query = query,
            .headers = {},
            .body = {},
            .peer = "192.0.2.7",
            .peer_certificate = certificate};
  }
  json ask(const std::string& certificate, const std::string& query = "epoch=e1&after=0") {
    const auto answer = w.run(link->answer(question(certificate, query)));
    CHECK_EQUAL(200, answer.status);
    return json::parse(answer.body)["events"];
  }
};

TEST(Link, aCodeEnrolsOneBoxOnce) {
  CHECK_EQUAL(403, enrol("wrong").status);
  const auto answer = enrol(code);
  CHECK_EQUAL(201, answer.status);
  STRCMP_EQUAL("b1", w.directory->box_of_certificate(fingerprint(answer))->name.c_str());
  (void)ask(fingerprint(answer));
  CHECK_EQUAL(403, enrol(code).status);
}

TEST(Link, aBoxThatLostTheAnswerEnrolsWithTheSameCodeAgain) {
  const auto lost = fingerprint(enrol(code));
  const auto me = fingerprint(enrol(code));
  CHECK_EQUAL(403, w.run(link->answer(question(lost, ""))).status);
  (void)ask(me);
  CHECK_EQUAL(403, enrol(code).status);
}

TEST(Link, aCodeForABoxThatIsAlreadyInOutlivesItsQuestions) {
  const auto old = fingerprint(enrol(code));
  (void)ask(old);
  const auto anew = w.run(w.directory->invite("acme", "b1", "test")).value().code;
  (void)ask(old);
  CHECK_EQUAL(201, enrol(anew).status);
  CHECK_EQUAL(403, w.run(link->answer(question(old, ""))).status);
}

TEST(Link, whatWaitsIsGivenAtOnceAndAcknowledgedByTheNextQuestion) {
  const auto me = fingerprint(enrol(code));
  w.keep(w.event("a"));
  w.keep(w.event("b"));
  CHECK_EQUAL(2, ask(me).size());
  CHECK_EQUAL(2, ask(me).size());  // not acknowledged: again
  CHECK_EQUAL(1, ask(me, "epoch=e1&after=1").size());
  CHECK_EQUAL(1, w.waiting().size());
  CHECK_EQUAL(0, ask(me, "epoch=e1&after=2").size());
}

TEST(Link, aQuestionWaitsForNews) {
  const auto me = fingerprint(enrol(code));
  std::optional<ServerResponse> answer;
  group->spawn("ask", ask_into(*link, question(me, "epoch=e1&after=0"), answer));
  w.world.run_for(Millis{10'000});
  CHECK_FALSE(answer.has_value());
  w.keep(w.event("a"));
  link->poke("acme/b1");
  w.world.settle();
  CHECK_EQUAL(1, json::parse(answer.value().body)["events"].size());
}

TEST(Link, aQuestionEndsAfterHalfAMinuteAndWhenTheBridgeStops) {
  const auto me = fingerprint(enrol(code));
  std::optional<ServerResponse> answer;
  group->spawn("ask", ask_into(*link, question(me, ""), answer));
  w.world.run_for(Millis{30'000});
  CHECK_EQUAL(0, json::parse(answer.value().body)["events"].size());
  answer.reset();
  group->spawn("ask", ask_into(*link, question(me, ""), answer));
  w.world.settle();
  link->finish();
  w.world.settle();
  CHECK(answer.has_value());
}

TEST(Link, aNumberOfAnotherStoreMeansNothing) {
  const auto me = fingerprint(enrol(code));
  w.keep(w.event("a"));
  CHECK_EQUAL(1, ask(me, "epoch=before&after=7").size());
  CHECK_EQUAL(1, w.waiting().size());
}

TEST(Link, whoIsNotLetInGetsNothingAndRevocationEndsAWait) {
  w.keep(w.event("a"));
  for (const char* certificate : {"", "0000"}) CHECK_EQUAL(403, w.run(link->answer(question(certificate, ""))).status);
  const auto me = fingerprint(enrol(code));
  CHECK(w.run(w.store->acknowledge("acme", "b1", 1)).has_value());
  std::optional<ServerResponse> answer;
  group->spawn("ask", ask_into(*link, question(me, ""), answer));
  w.world.settle();
  CHECK(w.run(w.directory->revoke("acme", "b1", "test")).has_value());
  link->poke("acme/b1");
  w.world.settle();
  CHECK_EQUAL(403, answer.value().status);
  CHECK_EQUAL(403, w.run(link->answer(question(me, ""))).status);
}

TEST(Link, aRenewalOverlapsUntilTheNewCertificateIsUsed) {
  const auto old = fingerprint(enrol(code));
  auto request = question(old, "");
  request.method = "POST";
  request.path = "/v1/link/renew";
  request.body = json{{"request", certificate_request()}}.dump();
  const auto answer = w.run(link->answer(request));
  CHECK_EQUAL(201, answer.status);
  w.keep(w.event("a"));
  CHECK_EQUAL(1, ask(old).size());
  CHECK_EQUAL(201, w.run(link->answer(request)).status);  // the answer was lost: asked again with the old one
  const auto newest = w.directory->box("acme", "b1")->certificate;
  CHECK_EQUAL(1, ask(newest).size());
  CHECK_EQUAL(403, w.run(link->answer(question(old, ""))).status);
}

TEST(Link, aSilentBoxIsToldWithinNinetySecondsAndWhenItIsBack) {
  const auto me = fingerprint(enrol(code));
  CHECK_EQUAL(0, ask(me).size());
  const auto told = [this](const char* type) {
    for (const auto& event : w.run(w.store->list_events({.tenant = "acme"})).value().events)
      if (event.type == type) return true;
    return false;
  };
  w.world.run_for(Millis{40'000});
  CHECK_FALSE(told("box.silent"));
  w.world.run_for(Millis{50'000});
  CHECK(told("box.silent"));
  CHECK(w.run(link->presence("acme")).value().front().silent);
  CHECK_EQUAL(0, ask(me).size());
  CHECK_FALSE(w.run(link->presence("acme")).value().front().silent);
  w.world.run_for(Millis{5'000});
  CHECK(told("box.back"));
  CHECK_FALSE(w.run(link->presence("acme")).value().front().silent);
}
