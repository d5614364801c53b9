#include "relay/providers/common/exchange.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using relay::Millis;
using relay::Outcome;
using relay::http::ClientFailure;
using relay::http::Phase;

TEST_GROUP(Exchange) {
  fakes::VirtualRuntime world;
  fakes::HttpScript script;
  fakes::ScriptedHttpClient client{world.runtime(), script};

  relay::http::ClientRequest request_until(Millis from_now) {
    relay::http::ClientRequest request;
    request.url = "https://api.example.com/";
    request.deadline = world.clock.steady() + from_now;
    return request;
  }
};

TEST(Exchange, failuresAreToldApartByWhetherAByteLeft) {
  struct Case {
    ClientFailure failure;
    Outcome outcome;
    const char* code;
  };
  const Case cases[] = {
      {{.phase = Phase::resolve}, Outcome::unavailable, "resolve"},
      {{.phase = Phase::connect}, Outcome::unavailable, "connect"},
      {{.phase = Phase::connect, .timed_out = true}, Outcome::unavailable, "timeout"},
      {{.phase = Phase::tls}, Outcome::unavailable, "tls"},
      {{.phase = Phase::tls, .certificate_refused = true}, Outcome::account, "certificate"},
      {{.phase = Phase::send, .request_byte_left = true}, Outcome::unknown, "send"},
      {{.phase = Phase::send, .request_byte_left = false}, Outcome::unavailable, "send"},
      {{.phase = Phase::receive, .request_byte_left = true}, Outcome::unknown, "receive"},
      {{.phase = Phase::receive, .request_byte_left = true, .timed_out = true}, Outcome::unknown, "timeout"},
      {{.phase = Phase::receive, .request_byte_left = true, .certificate_refused = true}, Outcome::unknown, "receive"},
  };
  for (const auto& c : cases) {
    const auto result = result_of_failure(c.failure);
    STRCMP_EQUAL(providers_test::text_of(c.outcome), providers_test::text_of(result.outcome));
    STRCMP_EQUAL(c.code, result.code.c_str());
  }
}

TEST(Exchange, aRefusedCertificateSaysWhatToCheck) {
  const auto result = result_of_failure({.phase = Phase::tls, .certificate_refused = true, .message = "self-signed."});
  CHECK(result.detail.find("ca_file") != std::string::npos);
  CHECK(result.detail.find("clock") != std::string::npos);
  CHECK(result.detail.find("self-signed.") != std::string::npos);
}

TEST(Exchange, aWholeAnswerIsHandedOver) {
  script.answer(201, "body", {}, Millis{200});
  const auto answer = world.run(exchange(world.runtime(), client, request_until(Millis{1000})));
  CHECK(answer.has_value());
  LONGS_EQUAL(201, answer->status);
  STRCMP_EQUAL("body", answer->body.c_str());
}

TEST(Exchange, noAnswerByTheDeadlineIsUnknown) {
  script.answer(201, "late", {}, Millis{1001});
  const auto start = world.clock.steady();
  const auto answer = world.run(exchange(world.runtime(), client, request_until(Millis{1000})));
  CHECK_FALSE(answer.has_value());
  CHECK(answer.error().outcome == Outcome::unknown);
  CHECK(world.clock.steady() - start == Millis{1000});
}

TEST(Exchange, aClientThatDoesNotEndIsCutOff) {
  script.hang();
  const auto start = world.clock.steady();
  const auto answer = world.run(exchange(world.runtime(), client, request_until(Millis{1000})));
  CHECK_FALSE(answer.has_value());
  CHECK(answer.error().outcome == Outcome::unknown);
  CHECK(world.clock.steady() - start == Millis{1000} + deadline_grace);
}

TEST(Exchange, afterTheDeadlineNothingIsSent) {
  script.answer(201, "never asked for");
  const auto answer = world.run(exchange(world.runtime(), client, request_until(Millis{0})));
  CHECK_FALSE(answer.has_value());
  CHECK(answer.error().outcome == Outcome::unavailable);
  LONGS_EQUAL(0, script.requests.size());
}
