#include "relay/providers/common/answer.hpp"

#include <array>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using relay::Millis;
using relay::Outcome;
using relay::WallTime;

namespace {

constexpr std::array<ErrorRow, 4> rows{{
    {"Conflict", "OPTED_OUT", "", Outcome::recipient_refused, "the recipient has opted out", true},
    {"Conflict", "DAILY_*", "", Outcome::account, "quota"},
    {"Conflict", "", "to number", Outcome::recipient_refused, "bad number"},
    {"Slow*", "", "", Outcome::throttled, "slow down"},
}};

}  // namespace

TEST_GROUP(Answer){};

TEST(Answer, theStatusDecidesFirst) {
  struct Case {
    int status;
    std::optional<Outcome> by_code;
    bool shaped;
    Outcome expected;
  };
  const Case cases[] = {
      {302, std::nullopt, false, Outcome::account},
      {400, std::nullopt, false, Outcome::refused},
      {400, Outcome::recipient_refused, true, Outcome::recipient_refused},
      {400, Outcome::throttled, true, Outcome::throttled},
      {401, std::nullopt, false, Outcome::account},
      {401, Outcome::recipient_refused, true, Outcome::account},
      {402, std::nullopt, false, Outcome::account},
      {403, std::nullopt, false, Outcome::account},
      {403, Outcome::refused, true, Outcome::refused},
      {404, std::nullopt, false, Outcome::refused},
      {405, std::nullopt, false, Outcome::refused},
      {407, Outcome::refused, true, Outcome::account},
      {408, Outcome::refused, true, Outcome::unknown},
      {409, std::nullopt, false, Outcome::refused},
      {413, std::nullopt, false, Outcome::refused},
      {422, std::nullopt, false, Outcome::refused},
      {429, Outcome::account, true, Outcome::throttled},
      {500, Outcome::refused, true, Outcome::unknown},
      {502, std::nullopt, false, Outcome::unknown},
      {503, std::nullopt, false, Outcome::unknown},
      {503, std::nullopt, true, Outcome::unavailable},
      {503, Outcome::throttled, true, Outcome::throttled},
      {504, std::nullopt, true, Outcome::unknown},
      {599, std::nullopt, false, Outcome::unknown},
      {100, std::nullopt, false, Outcome::unknown},
  };
  for (const auto& c : cases) {
    LONGS_EQUAL_TEXT(static_cast<int>(c.expected), static_cast<int>(outcome_of(c.status, c.by_code, c.shaped)),
                     std::to_string(c.status).c_str());
  }
}

TEST(Answer, rowsMatchByCodeReasonAndEvidence) {
  POINTERS_EQUAL(&rows[0], find_row(rows, {"Conflict", "OPTED_OUT", ""}));
  POINTERS_EQUAL(&rows[1], find_row(rows, {"Conflict", "DAILY_PARTS", ""}));
  POINTERS_EQUAL(&rows[2], find_row(rows, {"Conflict", "", "the to number is odd"}));
  POINTERS_EQUAL(&rows[3], find_row(rows, {"SlowDown", "", ""}));
  POINTERS_EQUAL(nullptr, find_row(rows, {"Conflict", "OTHER", ""}));
  POINTERS_EQUAL(nullptr, find_row(rows, {"", "", ""}));
}

TEST(Answer, aKnownErrorTellsItsMeaning) {
  const auto result = result_of_error("Acme", {400, {}, {}}, {"Conflict", "OPTED_OUT", ""}, rows, WallTime{});
  CHECK(result.outcome == Outcome::recipient_refused);
  CHECK(result.opted_out);
  STRCMP_EQUAL("Conflict/OPTED_OUT", result.code.c_str());
  STRCMP_EQUAL("Acme answered HTTP 400 with the code Conflict/OPTED_OUT: the recipient has opted out.",
               result.detail.c_str());
}

TEST(Answer, whereTheStatusOverrulesTheCodeTheRowIsSilent) {
  const auto result = result_of_error("Acme", {500, {}, {}}, {"Conflict", "OPTED_OUT", ""}, rows, WallTime{});
  CHECK(result.outcome == Outcome::unknown);
  CHECK_FALSE(result.opted_out);
  STRCMP_EQUAL("Acme answered HTTP 500 with the code Conflict/OPTED_OUT: it may have taken the message all the same.",
               result.detail.c_str());
}

TEST(Answer, theProvidersProseIsNeverRepeated) {
  const auto result =
      result_of_error("Acme", {400, {}, {}}, {"hello\nsecret text", "a b", "secret text"}, rows, WallTime{});
  STRCMP_EQUAL("400", result.code.c_str());
  CHECK(result.detail.find("secret") == std::string::npos);
}

TEST(Answer, retryAfterIsSecondsOrADateAndAtMostAnHour) {
  const auto now = relay::from_ms<WallTime>(784111777'000);  // Sun, 06 Nov 1994 08:49:37 GMT
  const auto wish = [now](std::string value) { return retry_after({{"retry-after", std::move(value)}}, now); };
  CHECK(wish("7") == Millis{7000});
  CHECK(wish("0") == Millis{0});
  CHECK(wish("3601") == Millis{3'600'000});
  CHECK(wish("99999999999999999999999999") == Millis{3'600'000});
  CHECK(wish("9223372036854775807") == Millis{3'600'000});
  CHECK(wish("Sun, 06 Nov 1994 08:50:07 GMT") == Millis{30'000});
  CHECK(wish("Sun, 06 Nov 1994 08:40:07 GMT") == Millis{0});
  CHECK(wish("Sun, 06 Nov 2094 08:40:07 GMT") == Millis{3'600'000});
  CHECK_FALSE(wish("-5").has_value());
  CHECK_FALSE(wish("soon").has_value());
  CHECK_FALSE(wish("").has_value());
}

TEST(Answer, aRetryDateCountsByTheServersOwnClock) {
  const relay::http::Headers headers{{"Retry-After", "Sun, 06 Nov 1994 08:50:07 GMT"},
                                     {"Date", "Sun, 06 Nov 1994 08:49:57 GMT"}};
  CHECK(retry_after(headers, WallTime{}) == Millis{10'000});
}

TEST(Answer, onlyThrottledCarriesAWait) {
  const relay::http::Headers headers{{"Retry-After", "7"}};
  CHECK(result_of_error("Acme", {429, headers, {}}, {}, rows, WallTime{}).retry_after == Millis{7000});
  CHECK_FALSE(result_of_error("Acme", {400, headers, {}}, {}, rows, WallTime{}).retry_after.has_value());
}

TEST(Answer, tokensFromOutsideAreCleanOrEmpty) {
  STRCMP_EQUAL("SM-1_a.b:c/d", clean_token("SM-1_a.b:c/d").c_str());
  STRCMP_EQUAL("", clean_token("a b").c_str());
  STRCMP_EQUAL("", clean_token("a\nb").c_str());
  STRCMP_EQUAL("", clean_token("<b>").c_str());
  STRCMP_EQUAL("", clean_token(std::string(129, 'a')).c_str());
  STRCMP_EQUAL("", clean_token("").c_str());
}
