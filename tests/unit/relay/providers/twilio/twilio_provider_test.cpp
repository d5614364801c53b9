#include "relay/providers/twilio/twilio_provider.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/providers/twilio/twilio.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using providers_test::message_of;
using providers_test::request_for;
using relay::Millis;
using relay::Outcome;
using relay::http::Phase;
using Kind = Finding::Kind;

namespace {

constexpr const char* settings = R"(
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token = "token"
from = "+15550001111"
)";
constexpr const char* next_page =
    "\"/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json?Page=1&PageToken=PASM\"";

std::string entry(std::string sid, std::string body, std::string created, std::string status = "sent") {
  return R"({"sid":")" + sid + R"(","body":")" + body + R"(","status":")" + status + R"(","date_created":")" + created +
         "\"}";
}
std::string page(std::string entries, std::string next = "null") {
  return R"({"messages":[)" + entries + R"(],"next_page_uri":)" + next + "}";
}

}  // namespace

TEST_GROUP(TwilioProvider) {
  fakes::VirtualRuntime world;  // its wall clock shows Mon, 21 Sep 2026 14:13:20 GMT
  fakes::HttpScript script;
  std::unique_ptr<Provider> provider;
  relay::Message message = message_of("fire");
  relay::Attempt attempt;
  const relay::http::Headers date{{"Date", "Mon, 21 Sep 2026 14:13:20 GMT"}};

  void setup() override {
    auto made = twilio::make_twilio(world.runtime(), providers_test::section_of(twilio::settings(), settings),
                                    std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
    CHECK(made.has_value());
    provider = std::move(*made);
    attempt.message = message.id;
    attempt.number = 1;
    attempt.surely_over = Millis{570'000};
    attempt.started_at = world.clock.wall() - Millis{600'000};  // 14:03:20
    attempt.duration = Millis{30'000};
    attempt.outcome = Outcome::unknown;
  }
  SendResult send() { return world.run(provider->send(request_for(message, world.clock))); }
  Finding look_up() { return world.run(provider->look_up(message, attempt)); }
};

TEST(TwilioProvider, aSend) {
  script.answer(201, R"({"sid":"SM1","status":"queued"})", {}, Millis{300});
  const auto result = send();
  CHECK(result.outcome == Outcome::accepted);
  STRCMP_EQUAL("SM1", result.provider_ref.c_str());
  LONGS_EQUAL(1, script.requests.size());
}

TEST(TwilioProvider, aSendEndsAtItsDeadline) {
  script.answer(201, R"({"sid":"SM1"})", {}, Millis{60'000});
  const auto start = world.clock.steady();
  CHECK(send().outcome == Outcome::unknown);
  CHECK(world.clock.steady() - start == Millis{30'000});
}

TEST(TwilioProvider, transportFailuresAreClassified) {
  script.fail({.phase = Phase::connect}).fail({.phase = Phase::send, .request_byte_left = true});
  CHECK(send().outcome == Outcome::unavailable);
  CHECK(send().outcome == Outcome::unknown);
}

TEST(TwilioProvider, aKnownSidIsFetched) {
  attempt.provider_ref = "SM1";
  script.answer(200, R"({"sid":"SM1","status":"delivered","price":"-0.0079","price_unit":"USD"})");
  const auto finding = look_up();
  CHECK(finding.kind == Kind::accepted);
  CHECK(finding.status == relay::ReceiptStatus::delivered);
  STRCMP_EQUAL("0.0079 USD", finding.cost.c_str());
  STRCMP_CONTAINS("/Messages/SM1.json", script.requests[0].url.c_str());
}

TEST(TwilioProvider, aFetchThatTellsNothingMayBeRepeated) {
  attempt.provider_ref = "SM1";
  script.answer(404, R"({"code":20404})")
      .answer(500, "")
      .answer(200, R"({"sid":"SM2"})")
      .fail({.phase = Phase::connect});
  for (const char* code : {"404", "500", "200", "connect"}) {
    const auto finding = look_up();
    CHECK_TEXT(finding.kind == Kind::no_answer, code);
    STRCMP_EQUAL(code, finding.code.c_str());
  }
}

TEST(TwilioProvider, anUnknownIsFoundInTheList) {
  script.answer(200,
                page(entry("SM1", "water", "Mon, 21 Sep 2026 14:03:21 +0000") + "," +
                     entry("SM2", "fire", "Mon, 21 Sep 2026 14:03:22 +0000", "delivered")),
                date);
  const auto finding = look_up();
  CHECK(finding.kind == Kind::accepted);
  STRCMP_EQUAL("SM2", finding.provider_ref.c_str());
  STRCMP_EQUAL("SM2", finding.receipt_refs.at(0).c_str());
  CHECK(finding.status == relay::ReceiptStatus::delivered);
  STRCMP_CONTAINS("Messages.json?To=%2B15551230001&DateSent%3E=2026-09-20&PageSize=50", script.requests[0].url.c_str());
}

TEST(TwilioProvider, furtherPagesAreRead) {
  script.answer(200, page(entry("SM1", "water", "Mon, 21 Sep 2026 14:03:21 +0000"), next_page), date)
      .answer(200, page(entry("SM2", "fire", "Mon, 21 Sep 2026 14:03:22 +0000")), date);
  STRCMP_EQUAL("SM2", look_up().provider_ref.c_str());
  STRCMP_CONTAINS("PageToken=PASM", script.requests[1].url.c_str());
}

TEST(TwilioProvider, absenceFromBothListsIsProof) {
  script.answer(200, page(""), date).answer(200, page(entry("SM1", "water", "Mon, 21 Sep 2026 14:03:21 +0000")), date);
  CHECK(look_up().kind == Kind::not_sent);
  LONGS_EQUAL(2, script.requests.size());
  CHECK(script.requests[1].url.find("DateSent") == std::string::npos);
}

TEST(TwilioProvider, aMessageThatStillWaitsAtTwilioIsFoundWithoutTheFilter) {
  script.answer(200, page(""), date)
      .answer(200, page(entry("SM1", "fire", "Mon, 21 Sep 2026 14:03:21 +0000", "queued")), date);
  CHECK(look_up().kind == Kind::accepted);
}

TEST(TwilioProvider, absenceSoonAfterTheAttemptProvesNothing) {
  // The wall clock says ten minutes: it may have jumped (seed 28 of the simulation: a third copy was the price).
  attempt.surely_over = Millis{119'999};
  script.answer(200, page(""), date).answer(200, page(""), date);
  CHECK(look_up().kind == Kind::no_answer);
  attempt.surely_over = Millis{120'000};
  script.answer(200, page(""), date).answer(200, page(""), date);
  CHECK(look_up().kind == Kind::not_sent);
}

TEST(TwilioProvider, absenceByAWrongClockProvesNothing) {
  const relay::http::Headers far_away{{"Date", "Thu, 24 Sep 2026 14:13:20 GMT"}};
  script.answer(200, page(""), far_away).answer(200, page(""), far_away);
  CHECK(look_up().kind == Kind::no_answer);
  script.answer(200, page("")).answer(200, page(""));  // nor does an answer without a date
  CHECK(look_up().kind == Kind::no_answer);
}

TEST(TwilioProvider, theSameTextAtAnotherTimeLeavesItOpen) {
  script.answer(200, page(""), date).answer(200, page(entry("SM1", "fire", "Mon, 21 Sep 2026 12:00:00 +0000")), date);
  CHECK(look_up().kind == Kind::no_answer);
}

TEST(TwilioProvider, anIncompleteListProvesNothing) {
  const std::string more = page(entry("SM1", "water", "Mon, 21 Sep 2026 14:03:21 +0000"), next_page);
  script.answer(200, more, date).answer(200, more, date).answer(200, more, date).answer(200, more, date);
  CHECK(look_up().kind == Kind::no_answer);
  LONGS_EQUAL(4, script.requests.size());

  script.answer(200, page("", "\"https://evil.example/\""), date);
  CHECK(look_up().kind == Kind::no_answer);
  LONGS_EQUAL(5, script.requests.size());

  script.answer(500, "");
  STRCMP_EQUAL("500", look_up().code.c_str());
  script.answer(200, page(""), date).fail({.phase = Phase::resolve});
  STRCMP_EQUAL("resolve", look_up().code.c_str());
}

TEST(TwilioProvider, lookUpHasADeadlineOfItsOwn) {
  script.answer(200, page("", next_page), date, Millis{6000}).answer(200, page(""), date, Millis{6000});
  const auto start = world.clock.steady();
  CHECK(look_up().kind == Kind::no_answer);
  CHECK(world.clock.steady() - start == Millis{10'000});
}
