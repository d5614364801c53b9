#include "relay/providers/twilio/dialect.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/providers/common/date.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using providers_test::message_of;
using providers_test::request_for;
using providers_test::text_of;
using relay::Millis;
using relay::Outcome;

namespace {

constexpr const char* account = "AC0123456789abcdef0123456789abcdef";
constexpr const char* sid = "SM0123456789abcdef0123456789abcdef";

}  // namespace

TEST_GROUP(TwilioDialect) {
  fakes::VirtualClock clock;
  twilio::Options options{.base_url = "https://api.twilio.com",
                          .account_sid = account,
                          .user = "user",
                          .password = "pass",
                          .from = "+15550001111",
                          .repeat_prefix = "[repeat] "};

  std::string body_for(const SendRequest& request) const { return twilio::Dialect(options).build(request)->body; }
  SendResult read(int status, std::string body, relay::http::Headers headers = {}) const {
    return twilio::Dialect(options).read({status, std::move(headers), std::move(body)}, clock.wall());
  }
};

TEST(TwilioDialect, theLeastRequest) {
  const auto message = message_of("Grüße & 50% 😀\n");
  const auto request = twilio::Dialect(options).build(request_for(message, clock));
  CHECK(request.has_value());
  STRCMP_EQUAL("POST", request->method.c_str());
  STRCMP_EQUAL("https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json",
               request->url.c_str());
  STRCMP_EQUAL("application/x-www-form-urlencoded", providers_test::header_of(*request, "Content-Type").c_str());
  STRCMP_EQUAL("Basic dXNlcjpwYXNz", providers_test::header_of(*request, "Authorization").c_str());
  STRCMP_EQUAL(
      "To=%2B15551230001&From=%2B15550001111&Body=Gr%C3%BC%C3%9Fe%20%26%2050%25%20%F0%9F%98%80%0A&ValidityPeriod=3600"
      "&SmartEncoded=false",
      request->body.c_str());
}

TEST(TwilioDialect, serviceAndCallback) {
  options.messaging_service_sid = "MG1";
  options.from = "";
  options.status_callback = "https://bridge.example.com/twilio/status";
  const auto message = message_of("a");
  const std::string rid = message.id.text();
  STRCMP_EQUAL(("To=%2B15551230001&MessagingServiceSid=MG1&Body=a&ValidityPeriod=3600&SmartEncoded=false"
                "&StatusCallback=https%3A%2F%2Fbridge.example.com%2Ftwilio%2Fstatus%3Frid%3D" +
                rid)
                   .c_str(),
               body_for(request_for(message, clock)).c_str());
  options.status_callback = "https://b.example/s?box=7#rc=3&rp=all";
  STRCMP_CONTAINS(
      ("StatusCallback=https%3A%2F%2Fb.example%2Fs%3Fbox%3D7%26rid%3D" + rid + "%23rc%3D3%26rp%3Dall").c_str(),
      body_for(request_for(message, clock)).c_str());
}

TEST(TwilioDialect, validityIsTheLifeLeftWithinTwiliosBounds) {
  const auto message = message_of("a");
  struct Case {
    Millis life;
    const char* expected;
  };
  const Case cases[] = {{Millis{-5}, "ValidityPeriod=1&"},
                        {Millis{0}, "ValidityPeriod=1&"},
                        {Millis{1999}, "ValidityPeriod=1&"},
                        {Millis{2000}, "ValidityPeriod=2&"},
                        {Millis{36'000'000}, "ValidityPeriod=36000&"},
                        {Millis{86'400'000}, "ValidityPeriod=36000&"}};
  for (const auto& c : cases) {
    auto request = request_for(message, clock);
    request.life_left = c.life;
    STRCMP_CONTAINS(c.expected, body_for(request).c_str());
  }
}

TEST(TwilioDialect, aWishedSenderCountsOnlyIfItIsAllowed) {
  options.allowed_senders = {"ACME"};
  auto message = message_of("a");
  message.from = "ACME";
  STRCMP_CONTAINS("&From=ACME&", body_for(request_for(message, clock)).c_str());
  message.from = "BANK";
  STRCMP_CONTAINS("&From=%2B15550001111&", body_for(request_for(message, clock)).c_str());
}

TEST(TwilioDialect, aRepeatSaysSoAndALongTextIsRefusedHere) {
  auto message = message_of("fire");
  auto request = request_for(message, clock);
  request.mark_as_repeat = true;
  STRCMP_CONTAINS("&Body=%5Brepeat%5D%20fire&", body_for(request).c_str());
  message = message_of(std::string(1601, 'a'));
  CHECK(twilio::Dialect(options).build(request_for(message, clock)).error().outcome == Outcome::refused);
}

TEST(TwilioDialect, anAcceptance) {
  const auto result =
      read(201, std::string(R"({"sid":")") + sid +
                    R"(","status":"queued","price":null,"price_unit":"USD","error_code":null,"num_segments":"1"})");
  CHECK(result.outcome == Outcome::accepted);
  STRCMP_EQUAL(sid, result.provider_ref.c_str());
  LONGS_EQUAL(1, result.receipt_refs.size());
  STRCMP_EQUAL(sid, result.receipt_refs[0].c_str());
  STRCMP_EQUAL("201", result.code.c_str());
  STRCMP_EQUAL("", result.cost.c_str());
  STRCMP_EQUAL("0.00790 USD", read(201, R"({"sid":"SM1","price":"-0.00790","price_unit":"USD"})").cost.c_str());
}

TEST(TwilioDialect, aSuccessThatCannotBeReadIsUnknown) {
  const std::string bodies[] = {"",
                                "{}",
                                "[]",
                                "null",
                                R"({"sid":)",
                                R"({"sid":null,"status":"queued"})",
                                R"({"sid":123456789012345678901234567890})",
                                R"({"sid":1e9999})",
                                R"({"sid":"a b"})",
                                R"({"sid":""})",
                                "<html>hotel wifi</html>",
                                std::string(100'000, '['),
                                "{\"sid\":\"SM\xff\"}"};
  for (const auto& body : bodies) {
    STRCMP_EQUAL_TEXT("unknown", text_of(read(200, body, {{"Content-Type", "text/html"}}).outcome),
                      body.substr(0, 60).c_str());
  }
}

TEST(TwilioDialect, everyErrorOfTheFacts) {
  struct Case {
    Outcome outcome;
    std::vector<int> codes;
  };
  // cloud-apis.md 2.2. 21612 and 21408 stand there as the recipient's, with the remark that another provider may do:
  // refused.
  const Case cases[] = {
      {Outcome::refused,
       {21602, 21603, 21604, 21617, 21658, 21609, 21620, 21623, 21655, 21656, 21910, 35111, 35118, 20001,
        21212, 63016, 63005, 63012, 63019, 63021, 63027, 63028, 30007, 30019, 21612, 21408, 30010}},
      {Outcome::recipient_refused,
       {21211, 21614, 21610, 21265, 21266, 21267, 21268, 30003, 30004, 30005, 30006, 63014}},
      {Outcome::account,
       {20003, 20005, 20006, 30002, 21606, 21608, 21705, 21703, 30034, 30032, 63007, 63051, 63112, 90010, 20404}},
      {Outcome::throttled, {20429, 21611, 30001, 63018, 14107, 30022, 30023}},
      {Outcome::unknown, {20500, 30008}},
      {Outcome::unavailable, {20503, 30017}},
  };
  for (const auto& c : cases) {
    for (const int code : c.codes) {
      const std::string text = std::to_string(code);
      const auto result =
          read(400, R"({"code":)" + text + R"(,"message":"to +15551230001","more_info":"x","status":400})");
      STRCMP_EQUAL_TEXT(text_of(c.outcome), text_of(result.outcome), text.c_str());
      STRCMP_EQUAL(text.c_str(), result.code.c_str());
      CHECK(result.detail.find("15551230001") == std::string::npos);
    }
  }
}

TEST(TwilioDialect, theStatusDecidesFirst) {
  CHECK(read(401, R"({"code":21211})").outcome == Outcome::account);
  CHECK(read(429, R"({"code":20003})").outcome == Outcome::throttled);
  CHECK(read(500, R"({"code":21211})").outcome == Outcome::unknown);
  CHECK(read(502, "<html>").outcome == Outcome::unknown);
  CHECK(read(503, R"({"code":20503})").outcome == Outcome::unavailable);
  CHECK(read(503, "<html>").outcome == Outcome::unknown);
  CHECK(read(504, R"({"code":20500})").outcome == Outcome::unknown);
}

TEST(TwilioDialect, errorsThatAreNotTwiliosOrNotKnown) {
  CHECK(read(400, R"({"code":21999})").outcome == Outcome::refused);
  CHECK(read(400, "").outcome == Outcome::refused);
  CHECK(read(400, "garbage").outcome == Outcome::refused);
  CHECK(read(400, R"({"code":"21610"})").outcome == Outcome::refused);
  CHECK(read(400, R"({"code":21610.5})").outcome == Outcome::refused);
  CHECK(read(400, R"({"code":99999999999999999999999999})").outcome == Outcome::refused);
  CHECK(read(400, R"([{"code":21610}])").outcome == Outcome::refused);
  CHECK(read(403, "blocked by a proxy").outcome == Outcome::account);
  STRCMP_EQUAL("403", read(403, "").code.c_str());
}

TEST(TwilioDialect, anOptOutIsMarkedAndAThrottleCarriesItsWait) {
  CHECK(read(400, R"({"code":21610})").opted_out);
  CHECK_FALSE(read(400, R"({"code":21614})").opted_out);
  CHECK(read(429, R"({"code":20429})", {{"Retry-After", "2"}}).retry_after == Millis{2000});
}

TEST(TwilioDialect, fetchListAndFollow) {
  const twilio::Dialect dialect(options);
  const std::string base = "https://api.twilio.com/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages";
  const auto fetch = dialect.fetch("SM1");
  STRCMP_EQUAL("GET", fetch.method.c_str());
  STRCMP_EQUAL((base + "/SM1.json").c_str(), fetch.url.c_str());
  STRCMP_EQUAL("Basic dXNlcjpwYXNz", providers_test::header_of(fetch, "Authorization").c_str());
  const auto day = parse_date("Fri, 02 Jan 2026 03:04:05 GMT");
  STRCMP_EQUAL((base + ".json?To=%2B1555&DateSent%3E=2026-01-02&PageSize=50").c_str(),
               dialect.list("+1555", day).url.c_str());
  STRCMP_EQUAL((base + ".json?To=%2B1555&PageSize=50").c_str(), dialect.list("+1555", std::nullopt).url.c_str());
  const std::string path =
      "/2010-04-01/Accounts/AC0123456789abcdef0123456789abcdef/Messages.json?Page=1&PageToken=PASM1";
  STRCMP_EQUAL(("https://api.twilio.com" + path).c_str(), dialect.follow(path)->url.c_str());
  // Credentials go nowhere else.
  for (const char* bad :
       {"", "https://evil.example/", "@evil.example/", "/2010-04-01/Accounts/AC1/Messages.json?x", ".evil.example/"}) {
    CHECK_FALSE_TEXT(dialect.follow(bad).has_value(), bad);
  }
  CHECK_FALSE(dialect.follow(path + "\r\nX: y").has_value());
}

TEST(TwilioDialect, entriesAndPages) {
  const auto entry = twilio::Dialect::read_entry(
      {200,
       {},
       R"({"sid":"SM1","body":"a","status":"undelivered","error_code":30003,"price":"-0.0079","price_unit":"USD",)"
       R"("date_created":"Fri, 02 Jan 2026 03:04:05 +0000"})"});
  CHECK(entry.has_value());
  const auto finding = twilio::finding_of(*entry);
  CHECK(finding.kind == Finding::Kind::accepted);
  CHECK(finding.status == relay::ReceiptStatus::failed);
  STRCMP_EQUAL("undelivered 30003", finding.code.c_str());
  STRCMP_EQUAL("0.0079 USD", finding.cost.c_str());
  CHECK(entry->created_at == parse_date("Fri, 02 Jan 2026 03:04:05 GMT"));

  const auto page =
      twilio::Dialect::read_page({200, {}, R"({"messages":[{"sid":"SM1"},{"sid":"SM2"}],"next_page_uri":null})"});
  LONGS_EQUAL(2, page->entries.size());
  STRCMP_EQUAL("", page->next_path.c_str());
  for (const char* body : {"", "{}", "[]", R"({"messages":{}})", R"({"messages":[1]})", R"({"messages":[{}]})"}) {
    CHECK_FALSE_TEXT(twilio::Dialect::read_page({200, {}, body}).has_value(), body);
  }
  CHECK_FALSE(twilio::Dialect::read_page({500, {}, R"({"messages":[]})"}).has_value());
  CHECK_FALSE(twilio::Dialect::read_entry({404, {}, R"({"sid":"SM1"})"}).has_value());
}
