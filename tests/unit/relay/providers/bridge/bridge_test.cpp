#include "relay/providers/bridge/bridge.hpp"

#include <array>

#include <CppUTest/TestHarness.h>
#include <nlohmann/json.hpp>

#include "relay/config/document.hpp"
#include "relay/link/message_json.hpp"
#include "tests/fakes/scripted_http_client.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::providers;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const http::ClientFailure no_connection{.phase = http::Phase::connect, .message = "refused"};
const http::ClientFailure lost{.phase = http::Phase::receive, .request_byte_left = true, .message = "reset"};
constexpr const char* taken = R"({"ref":"0dwpm3vq8k2ae","state":"queued","not_sent":false})";

std::string problem(const char* type) { return json{{"type", std::string{"/problems/"} + type}}.dump(); }

}  // namespace

TEST_GROUP(BridgeProvider) {
  fakes::VirtualRuntime world;
  fakes::HttpScript script;
  std::unique_ptr<Provider> provider;
  Message message;

  void setup() override {
    static const std::array<const config::Table*, 1> tables{&bridge::settings()};
    const auto document =
        config::Document::parse("[providers.cloud]\nkind = \"bridge\"\n", "test", tables, [](const std::string&) {
          return std::nullopt;
        }).value();
    provider =
        bridge::make_bridge(world.runtime(), *document.sections("providers").front(), "https://link.example:8444",
                            std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
    message.id = *MessageId::parse("0dwpm3vq8k2aa");
    message.to = "+15551230001";
    message.content = SmsContent{"hello"};
    message.segments = 1;
  }
  SendResult send(bool repeat = false, Millis budget = 10s) {
    return world.run(provider->send({.message = &message,
                                     .attempt = 3,
                                     .mark_as_repeat = repeat,
                                     .deadline = world.clock.steady() + budget,
                                     .life_left = 1h}));
  }
  Outcome outcome_of(int status, const char* type) {
    script.answer(status, problem(type));
    return send().outcome;
  }
  Finding ask() {
    return world.run(provider->look_up(message, Attempt{.message = message.id, .number = 3, .provider = "cloud"}));
  }
};

TEST(BridgeProvider, isOfferedByItsIdAndAcceptedUnderTheBridgesName) {
  script.answer(201, taken);
  const auto result = send();
  CHECK(result.outcome == Outcome::accepted);
  STRCMP_EQUAL("0dwpm3vq8k2ae", result.provider_ref.c_str());
  CHECK_EQUAL(1, result.receipt_refs.size());
  const auto& request = script.requests.front();
  STRCMP_EQUAL("PUT", request.method.c_str());
  STRCMP_EQUAL("https://link.example:8444/v1/link/messages/0dwpm3vq8k2aa", request.url.c_str());
  const auto handover = link::handover_from_json(request.body).value();
  STRCMP_EQUAL("+15551230001", handover.message.to.c_str());
  CHECK(handover.message.content == Content{SmsContent{"hello"}});
  CHECK_EQUAL(3, handover.attempt);
  CHECK(handover.life_left == 1h);
  STRCMP_EQUAL("", handover.repeat_prefix.c_str());
}

TEST(BridgeProvider, aCopyIsMarkedByThePrefixAndNotInWhatIsSaid) {
  script.answer(201, taken);
  (void)send(true);
  const auto handover = link::handover_from_json(script.requests.front().body).value();
  STRCMP_EQUAL("[repeat] ", handover.repeat_prefix.c_str());
  CHECK(handover.message.content == Content{SmsContent{"hello"}});
}

TEST(BridgeProvider, anAnswerThatWasLostIsAskedForByHandingOverAgain) {
  script.fail(lost).fail(no_connection).answer(200, taken);
  CHECK(send().outcome == Outcome::accepted);
  CHECK_EQUAL(3, script.requests.size());
  STRCMP_EQUAL(script.requests[0].url.c_str(), script.requests[2].url.c_str());
}

TEST(BridgeProvider, withoutAByteOutItIsUnavailableAtOnce) {
  script.fail(no_connection);
  CHECK(send().outcome == Outcome::unavailable);
  CHECK_EQUAL(1, script.requests.size());
}

TEST(BridgeProvider, aRefusalAfterALostAnswerProvesNothing) {
  script.fail(lost);
  for (int i = 0; i < 100; ++i) script.answer(503, problem("no-way-out"));
  const auto began = world.clock.steady();
  CHECK(send().outcome == Outcome::unknown);
  CHECK(world.clock.steady() - began >= 10s);
  CHECK(world.clock.steady() - began < 11s);
}

TEST(BridgeProvider, theLifeThatIsHandedOverShrinksWithEachTry) {
  script.fail(lost).answer(200, taken);
  (void)send();
  const auto first = link::handover_from_json(script.requests[0].body).value().life_left;
  const auto second = link::handover_from_json(script.requests[1].body).value().life_left;
  CHECK(second < first);
}

TEST(BridgeProvider, eachProblemHasItsOutcome) {
  CHECK(outcome_of(503, "no-way-out") == Outcome::unavailable);
  CHECK(outcome_of(503, "unavailable") == Outcome::unavailable);
  CHECK(outcome_of(403, "no-chain") == Outcome::account);
  CHECK(outcome_of(403, "forbidden") == Outcome::account);
  CHECK(outcome_of(422, "refused") == Outcome::refused);
  CHECK(outcome_of(422, "recipient-refused") == Outcome::recipient_refused);
  CHECK(outcome_of(429, "too-fast") == Outcome::throttled);
  CHECK(outcome_of(409, "other-content") == Outcome::refused);
  script.answer(422, problem("opted-out"));
  const auto stopped = send();
  CHECK(stopped.outcome == Outcome::recipient_refused);
  CHECK(stopped.opted_out);
}

TEST(BridgeProvider, aGatewaysPageInBetweenProvesNothing) {
  for (int i = 0; i < 100; ++i) script.answer(502, "<html>");
  CHECK(send().outcome == Outcome::unknown);
}

TEST(BridgeProvider, askingNamesTheAttempt) {
  script.answer(404, problem("not-taken"));
  CHECK(ask().kind == Finding::Kind::not_sent);
  STRCMP_EQUAL("https://link.example:8444/v1/link/messages/0dwpm3vq8k2aa?attempt=3",
               script.requests.front().url.c_str());
}

TEST(BridgeProvider, askingSettlesWhatTheBridgeHas) {
  script.answer(200, taken);
  const auto has_it = ask();
  CHECK(has_it.kind == Finding::Kind::accepted);
  STRCMP_EQUAL("0dwpm3vq8k2ae", has_it.provider_ref.c_str());
  script.answer(200, R"({"ref":"0dwpm3vq8k2ae","state":"cancelled","reason":"given_back","not_sent":true})");
  CHECK(ask().kind == Finding::Kind::not_sent);
}

TEST(BridgeProvider, whatIsNoAnswerOfTheBridgeSettlesNothing) {
  script.answer(404, "<html>no such page</html>").answer(404, problem("not-found")).answer(503, problem("under-way"));
  script.answer(200, "{}").fail(no_connection);
  for (int i = 0; i < 5; ++i) CHECK(ask().kind == Finding::Kind::no_answer);
}
