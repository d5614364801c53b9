#include "relay/providers/aws/eum_dialect.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using providers_test::message_of;
using providers_test::request_for;
using providers_test::text_of;
using relay::Millis;
using relay::Outcome;

TEST_GROUP(EumDialect) {
  fakes::VirtualClock clock;
  aws::EumOptions options{.base_url = "https://sms-voice.eu-west-1.amazonaws.com", .repeat_prefix = "[repeat] "};

  std::string body_for(const relay::Message& message, const SendRequest& request) const {
    (void)message;
    return aws::EumDialect(options).build(request)->body;
  }
  std::string body_for(const relay::Message& message) const { return body_for(message, request_for(message, clock)); }
  SendResult read(int status, std::string body, relay::http::Headers headers = {}) const {
    return aws::EumDialect(options).read({status, std::move(headers), std::move(body)}, clock.wall());
  }
};

TEST(EumDialect, theLeastRequest) {
  const auto message = message_of("Grüße \"€\"\n");
  const auto request = aws::EumDialect(options).build(request_for(message, clock));
  CHECK(request.has_value());
  STRCMP_EQUAL("POST", request->method.c_str());
  STRCMP_EQUAL("https://sms-voice.eu-west-1.amazonaws.com/", request->url.c_str());
  STRCMP_EQUAL("application/x-amz-json-1.0", providers_test::header_of(*request, "Content-Type").c_str());
  STRCMP_EQUAL("PinpointSMSVoiceV2.SendTextMessage", providers_test::header_of(*request, "X-Amz-Target").c_str());
  const std::string expected = R"({"Context":{"rid":")" + message.id.text() +
                               R"("},"DestinationPhoneNumber":"+15551230001","MessageBody":"Grüße \"€\"\n",)"
                               R"("MessageType":"TRANSACTIONAL","TimeToLive":3600})";
  STRCMP_EQUAL(expected.c_str(), request->body.c_str());
}

TEST(EumDialect, theFullestRequest) {
  options.origination_identity = "pool-1";
  options.configuration_set = "events";
  options.keyword = "ACME";
  options.max_price = "0.50";
  options.in_entity_id = "E1";
  options.in_template_id = "T1";
  const auto message = message_of("a", relay::MessageClass::bulk);
  const std::string expected =
      R"({"ConfigurationSetName":"events","Context":{"rid":")" + message.id.text() +
      R"("},"DestinationCountryParameters":{"IN_ENTITY_ID":"E1","IN_TEMPLATE_ID":"T1"},"DestinationPhoneNumber":"+15551230001",)"
      R"("Keyword":"ACME","MaxPrice":"0.50","MessageBody":"a","MessageType":"PROMOTIONAL","OriginationIdentity":"pool-1",)"
      R"("TimeToLive":3600})";
  STRCMP_EQUAL(expected.c_str(), body_for(message).c_str());
}

TEST(EumDialect, onlyBulkIsPromotional) {
  for (const auto message_class : relay::all_message_classes) {
    const auto body = body_for(message_of("a", message_class));
    CHECK_EQUAL(message_class == relay::MessageClass::bulk, body.find("PROMOTIONAL") != std::string::npos);
  }
}

TEST(EumDialect, timeToLiveIsTheLifeLeftWithinAwssBounds) {
  const auto message = message_of("a");
  struct Case {
    Millis life;
    const char* expected;
  };
  const Case cases[] = {{Millis{-1}, "\"TimeToLive\":5}"},   {Millis{0}, "\"TimeToLive\":5}"},
                        {Millis{5999}, "\"TimeToLive\":5}"}, {Millis{6000}, "\"TimeToLive\":6}"},
                        {Millis{259'200'000}, ":259200}"},   {Millis{999'999'999}, ":259200}"}};
  for (const auto& c : cases) {
    auto request = request_for(message, clock);
    request.life_left = c.life;
    STRCMP_CONTAINS(c.expected, body_for(message, request).c_str());
  }
}

TEST(EumDialect, aWishedSenderCountsOnlyIfItIsAllowed) {
  options.origination_identity = "pool-1";
  options.allowed_senders = {"ACME"};
  auto message = message_of("a");
  message.from = "ACME";
  STRCMP_CONTAINS(R"("OriginationIdentity":"ACME")", body_for(message).c_str());
  message.from = "BANK";
  STRCMP_CONTAINS(R"("OriginationIdentity":"pool-1")", body_for(message).c_str());
}

TEST(EumDialect, aRepeatSaysSo) {
  const auto message = message_of("fire");
  auto request = request_for(message, clock);
  request.mark_as_repeat = true;
  STRCMP_CONTAINS(R"("MessageBody":"[repeat] fire")", body_for(message, request).c_str());
}

TEST(EumDialect, aTextThatIsTooLongIsRefusedHere) {
  const auto message = message_of(std::string(1601, 'a'));
  const auto request = aws::EumDialect(options).build(request_for(message, clock));
  CHECK_FALSE(request.has_value());
  CHECK(request.error().outcome == Outcome::refused);
}

TEST(EumDialect, anAcceptance) {
  const auto result = read(200, R"({"MessageId":"6f9a7f3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b"})");
  CHECK(result.outcome == Outcome::accepted);
  STRCMP_EQUAL("6f9a7f3e-1c2d-4e5f-8a9b-0c1d2e3f4a5b", result.provider_ref.c_str());
  LONGS_EQUAL(1, result.receipt_refs.size());
  STRCMP_EQUAL(result.provider_ref.c_str(), result.receipt_refs[0].c_str());
  STRCMP_EQUAL("200", result.code.c_str());
}

TEST(EumDialect, aSuccessThatCannotBeReadIsUnknown) {
  const std::string bodies[] = {"",
                                "{}",
                                "null",
                                "[]",
                                "\"x\"",
                                R"({"MessageId":)",
                                R"({"MessageId":null})",
                                R"({"MessageId":12345678901234567890123456789012345678901234567890})",
                                R"({"MessageId":1e999})",
                                R"({"MessageId":""})",
                                R"({"MessageId":"two words"})",
                                R"({"MessageId":["a"]})",
                                "<html>captive portal</html>",
                                std::string(100'000, '['),
                                "{\"MessageId\":\"\xff\xfe\"}"};
  for (const auto& body : bodies) {
    const auto result = read(200, body, {{"Content-Type", "text/html"}});
    STRCMP_EQUAL_TEXT("unknown", text_of(result.outcome), body.substr(0, 60).c_str());
  }
}

TEST(EumDialect, everyErrorOfTheFacts) {
  struct Case {
    int status;
    const char* body;
    Outcome outcome;
  };
  const Case cases[] = {
      // cloud-apis.md 5
      {400, R"({"__type":"ConflictException","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT"})",
       Outcome::recipient_refused},
      {400, R"({"__type":"ConflictException","Reason":"DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"})",
       Outcome::recipient_refused},
      {400, R"({"__type":"ConflictException","Reason":"DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"})",
       Outcome::refused},
      {400, R"({"__type":"ConflictException","Reason":"DESTINATION_PHONE_NUMBER_NOT_VERIFIED"})", Outcome::account},
      {400, R"({"__type":"ConflictException","Reason":"NO_ORIGINATION_IDENTITIES_FOUND"})", Outcome::account},
      {400, R"({"__type":"ConflictException","Reason":"RESOURCE_NOT_ACTIVE"})", Outcome::account},
      {400, R"({"__type":"ConflictException","Reason":"MESSAGE_TYPE_MISMATCH"})", Outcome::account},
      {400, R"({"__type":"ConflictException","Reason":"NUMBER_CAPABILITIES_MISMATCH"})", Outcome::account},
      {400, R"({"__type":"ConflictException","Reason":"SOMETHING_NEW"})", Outcome::refused},
      {400,
       R"({"__type":"ValidationException","Reason":"INVALID_PARAMETER","Fields":[{"Name":"MessageBody","Message":"x"}]})",
       Outcome::refused},
      {400,
       R"({"__type":"ValidationException","Reason":"INVALID_PARAMETER","Fields":[{"Name":"DestinationPhoneNumber","Message":"x"}]})",
       Outcome::recipient_refused},
      {400, R"({"__type":"ValidationException","Reason":"MISSING_PARAMETER"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"FIELD_VALIDATION_FAILED"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"CANNOT_PARSE"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"PRICE_OVER_THRESHOLD"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"COUNTRY_NOT_ENABLED"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"DESTINATION_COUNTRY_BLOCKED"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"INTERNATIONAL_SENDING_NOT_SUPPORTED"})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"})",
       Outcome::refused},
      {400, R"({"__type":"ValidationException","Reason":"SENDER_ID_NOT_REGISTERED"})", Outcome::refused},
      {400, R"({"__type":"ValidationException"})", Outcome::refused},
      {400, R"({"__type":"ServiceQuotaExceededException","Reason":"MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"})",
       Outcome::account},
      {400, R"({"__type":"ServiceQuotaExceededException","Reason":"DAILY_DESTINATION_CALL_LIMIT"})", Outcome::account},
      {400, R"({"__type":"ServiceQuotaExceededException"})", Outcome::account},
      {400, R"({"__type":"AccessDeniedException","Reason":"ACCOUNT_DISABLED"})", Outcome::account},
      {400, R"({"__type":"AccessDeniedException","Reason":"INSUFFICIENT_ACCOUNT_REPUTATION"})", Outcome::account},
      {400, R"({"__type":"AccessDeniedException","Message":"User is not authorized"})", Outcome::account},
      {400, R"({"__type":"ResourceNotFoundException"})", Outcome::account},
      {400, R"({"__type":"ThrottlingException"})", Outcome::throttled},
      {500, R"({"__type":"InternalServerException"})", Outcome::unknown},
      // 3.3: the shapes of __type, and what all AWS services share
      {400, R"({"__type":"com.amazonaws.smsvoice#ThrottlingException"})", Outcome::throttled},
      {400, R"({"__type":"ThrottlingException:http://x"})", Outcome::throttled},
      {400, R"({"__type":"UnrecognizedClientException"})", Outcome::account},
      {400, R"({"__type":"InvalidClientTokenId"})", Outcome::account},
      {400, R"({"__type":"InvalidSignatureException"})", Outcome::account},
      {400, R"({"__type":"SignatureDoesNotMatch"})", Outcome::account},
      {400, R"({"__type":"ExpiredTokenException"})", Outcome::account},
      {400, R"({"__type":"ExpiredToken"})", Outcome::account},
      {400, R"({"__type":"MissingAuthenticationTokenException"})", Outcome::account},
      {400, R"({"__type":"MissingAuthenticationToken"})", Outcome::account},
      {400, R"({"__type":"IncompleteSignatureException"})", Outcome::account},
      {400, R"({"__type":"IncompleteSignature"})", Outcome::account},
      {400, R"({"__type":"AccessDenied"})", Outcome::account},
      {400, R"({"__type":"AuthorizationError"})", Outcome::account},
      {400, R"({"__type":"OptInRequired"})", Outcome::account},
      {400, R"({"__type":"Throttling"})", Outcome::throttled},
      {400, R"({"__type":"Throttled"})", Outcome::throttled},
      {400, R"({"__type":"ThrottledException"})", Outcome::throttled},
      {400, R"({"__type":"ThrottledRequestException"})", Outcome::throttled},
      {400, R"({"__type":"TooManyRequestsException"})", Outcome::throttled},
      {400, R"({"__type":"RequestThrottled"})", Outcome::throttled},
      {400, R"({"__type":"RequestLimitExceeded"})", Outcome::throttled},
      {503, R"({"__type":"SlowDown"})", Outcome::throttled},
      {429, R"({})", Outcome::throttled},
      {500, R"({"__type":"InternalError"})", Outcome::unknown},
      {500, R"({"__type":"InternalServiceException"})", Outcome::unknown},
      {502, R"({"__type":"DependencyException"})", Outcome::unknown},
      {503, R"({"__type":"ServiceUnavailable"})", Outcome::unavailable},
      // not known, not shaped
      {400, R"({"__type":"NewException"})", Outcome::refused},
      {403, R"({"__type":"NewException"})", Outcome::account},
      {400, "", Outcome::refused},
      {400, "garbage", Outcome::refused},
      {400, "[]", Outcome::refused},
      {400, R"({"__type":17})", Outcome::refused},
      {400, R"({"__type":"ValidationException","Fields":{"Name":3}})", Outcome::refused},
      {503, "<html>Service Unavailable</html>", Outcome::unknown},
      {500, "", Outcome::unknown},
      {408, "", Outcome::unknown},
      {301, "", Outcome::account},
  };
  for (const auto& c : cases) STRCMP_EQUAL_TEXT(text_of(c.outcome), text_of(read(c.status, c.body).outcome), c.body);
}

TEST(EumDialect, theErrorTypeMayComeInAHeader) {
  const auto result = read(400, "{}", {{"x-amzn-ErrorType", "ThrottlingException:http://x/"}, {"Retry-After", "3"}});
  CHECK(result.outcome == Outcome::throttled);
  CHECK(result.retry_after == Millis{3000});
}

TEST(EumDialect, anOptOutIsMarked) {
  CHECK(read(400, R"({"__type":"ConflictException","Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT"})").opted_out);
  CHECK_FALSE(read(400, R"({"__type":"ConflictException","Reason":"RESOURCE_NOT_ACTIVE"})").opted_out);
}
