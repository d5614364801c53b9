#include "relay/providers/aws/aws_provider.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/providers/aws/aws.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using providers_test::header_of;
using providers_test::message_of;
using providers_test::request_for;
using relay::Millis;
using relay::Outcome;
using relay::http::Phase;

namespace {

constexpr const char* settings = R"(
region = "us-east-1"
access_key_id = "AKIDEXAMPLE00000"
secret_access_key = "secret"
)";
constexpr const char* accepted = R"({"MessageId":"id-1"})";
constexpr const char* clock_error =
    R"({"__type":"InvalidSignatureException","message":"Signature expired: x is now earlier than y"})";

}  // namespace

TEST_GROUP(AwsProvider) {
  fakes::VirtualRuntime world;  // its wall clock shows Mon, 21 Sep 2026 14:13:20 GMT
  fakes::HttpScript script;
  std::unique_ptr<Provider> provider;
  relay::Message message = message_of("hello");

  void setup() override {
    auto made = aws::make_sms(world.runtime(), providers_test::section_of(aws::sms_settings(), settings),
                              std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
    CHECK(made.has_value());
    provider = std::move(*made);
  }
  SendResult send() { return world.run(provider->send(request_for(message, world.clock))); }
};

TEST(AwsProvider, aSendIsOneSignedRequest) {
  script.answer(200, accepted);
  const auto result = send();
  CHECK(result.outcome == Outcome::accepted);
  LONGS_EQUAL(1, script.requests.size());
  STRCMP_EQUAL("20260921T141320Z", header_of(script.requests[0], "X-Amz-Date").c_str());
  STRCMP_CONTAINS("Credential=AKIDEXAMPLE00000/20260921/us-east-1/sms-voice/aws4_request",
                  header_of(script.requests[0], "Authorization").c_str());
  CHECK(script.requests[0].deadline == world.clock.steady() + Millis{30'000});
}

TEST(AwsProvider, aClockErrorIsCorrectedAndTheRequestMadeOnceMore) {
  script.answer(400, clock_error, {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}}).answer(200, accepted);
  CHECK(send().outcome == Outcome::accepted);
  LONGS_EQUAL(2, script.requests.size());
  STRCMP_EQUAL("20260921T150000Z", header_of(script.requests[1], "X-Amz-Date").c_str());
  STRCMP_EQUAL(script.requests[0].body.c_str(), script.requests[1].body.c_str());
  LONGS_EQUAL(script.requests[0].headers.size(), script.requests[1].headers.size());
}

TEST(AwsProvider, theCorrectionStaysAndIsImmuneToTheWallClock) {
  script.answer(400, clock_error, {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}})
      .answer(200, accepted)
      .answer(200, accepted);
  send();
  world.clock.advance(Millis{10'000});
  world.clock.jump_wall(Millis{999'999'999});
  send();
  LONGS_EQUAL(3, script.requests.size());
  STRCMP_EQUAL("20260921T150010Z", header_of(script.requests[2], "X-Amz-Date").c_str());
}

TEST(AwsProvider, aSecondClockErrorEndsTheSend) {
  script.answer(400, clock_error, {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}})
      .answer(400, clock_error, {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}})
      .answer(200, accepted);
  const auto result = send();
  CHECK(result.outcome == Outcome::account);
  STRCMP_CONTAINS("clock", result.detail.c_str());
  LONGS_EQUAL(2, script.requests.size());
}

TEST(AwsProvider, withoutAServersDateThereIsNothingToCorrect) {
  script.answer(400, clock_error);
  CHECK(send().outcome == Outcome::account);
  LONGS_EQUAL(1, script.requests.size());
}

TEST(AwsProvider, aServerErrorThatSpeaksOfTheClockIsNotRepeated) {
  script.answer(500, clock_error, {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}});
  CHECK(send().outcome == Outcome::unknown);
  LONGS_EQUAL(1, script.requests.size());
}

TEST(AwsProvider, aWrongSecretIsNotAClockError) {
  script.answer(403, R"({"__type":"InvalidSignatureException","message":"The signature does not match"})",
                {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}});
  CHECK(send().outcome == Outcome::account);
  LONGS_EQUAL(1, script.requests.size());
}

TEST(AwsProvider, theRepetitionHasTheSameDeadline) {
  script.answer(400, clock_error, {{"Date", "Mon, 21 Sep 2026 15:00:00 GMT"}}, Millis{20'000})
      .answer(200, accepted, {}, Millis{15'000});
  const auto start = world.clock.steady();
  CHECK(send().outcome == Outcome::unknown);
  CHECK(world.clock.steady() - start == Millis{30'000});
}

TEST(AwsProvider, transportFailuresAreClassified) {
  script.fail({.phase = Phase::resolve, .message = "no such host"})
      .fail({.phase = Phase::tls, .certificate_refused = true, .message = "self-signed"})
      .fail({.phase = Phase::receive, .request_byte_left = true, .message = "reset"});
  CHECK(send().outcome == Outcome::unavailable);
  CHECK(send().outcome == Outcome::account);
  CHECK(send().outcome == Outcome::unknown);
}

TEST(AwsProvider, whatCanNeverGoIsNotAsked) {
  message.content = relay::SmsContent{std::string(1601, 'a')};
  CHECK(send().outcome == Outcome::refused);
  LONGS_EQUAL(0, script.requests.size());
}

TEST(AwsProvider, resultsShowNeitherTextNorNumberNorSecret) {
  message.content = relay::SmsContent{"very private"};
  script.answer(400, R"({"__type":"ValidationException","Message":"Value 'very private' at +15551230001, secret"})");
  const auto result = send();
  for (const char* word : {"private", "15551230001", "secret\"", "secret,"}) {
    CHECK((result.detail + result.code + result.provider_ref).find(word) == std::string::npos);
  }
}
