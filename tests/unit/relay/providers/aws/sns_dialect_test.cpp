#include "relay/providers/aws/sns_dialect.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using providers_test::message_of;
using providers_test::request_for;
using providers_test::text_of;
using relay::Outcome;

TEST_GROUP(SnsDialect) {
  fakes::VirtualClock clock;
  aws::SnsOptions options{.base_url = "https://sns.us-east-1.amazonaws.com", .repeat_prefix = "[repeat] "};

  std::string body_for(const relay::Message& message) const {
    return aws::SnsDialect(options).build(request_for(message, clock))->body;
  }
  SendResult read(int status, std::string body) const {
    return aws::SnsDialect(options).read({status, {}, std::move(body)}, clock.wall());
  }
  static std::string error(std::string code, std::string message = "m") {
    return "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>" + code +
           "</Code><Message>" + message + "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
  }
};

TEST(SnsDialect, theLeastRequest) {
  const auto message = message_of("Grüße €");
  const auto request = aws::SnsDialect(options).build(request_for(message, clock));
  STRCMP_EQUAL("https://sns.us-east-1.amazonaws.com/", request->url.c_str());
  STRCMP_EQUAL("application/x-www-form-urlencoded", providers_test::header_of(*request, "Content-Type").c_str());
  STRCMP_EQUAL(
      "Action=Publish&Version=2010-03-31&PhoneNumber=%2B15551230001&Message=Gr%C3%BC%C3%9Fe%20%E2%82%AC"
      "&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType&MessageAttributes.entry.1.Value.DataType=String"
      "&MessageAttributes.entry.1.Value.StringValue=Transactional",
      request->body.c_str());
}

TEST(SnsDialect, attributesAreNumberedWithoutGaps) {
  options.sender_id = "ACME";
  options.max_price = "0.50";
  options.in_template_id = "T1";
  const auto body = body_for(message_of("a", relay::MessageClass::bulk));
  STRCMP_CONTAINS("entry.1.Value.StringValue=Promotional&", body.c_str());
  STRCMP_CONTAINS(
      "entry.2.Name=AWS.SNS.SMS.SenderID&MessageAttributes.entry.2.Value.DataType=String"
      "&MessageAttributes.entry.2.Value.StringValue=ACME&",
      body.c_str());
  STRCMP_CONTAINS(
      "entry.3.Name=AWS.SNS.SMS.MaxPrice&MessageAttributes.entry.3.Value.DataType=Number"
      "&MessageAttributes.entry.3.Value.StringValue=0.50&",
      body.c_str());
  STRCMP_CONTAINS("entry.4.Name=AWS.MM.SMS.TemplateId", body.c_str());
}

TEST(SnsDialect, senderAndOriginationNumber) {
  options.sender_id = "ACME";
  options.origination_number = "+15550001111";
  options.allowed_senders = {"SITE2"};
  auto message = message_of("a");
  message.from = "SITE2";
  STRCMP_CONTAINS("StringValue=SITE2", body_for(message).c_str());
  STRCMP_CONTAINS(
      "AWS.MM.SMS.OriginationNumber&MessageAttributes.entry.3.Value.DataType=String"
      "&MessageAttributes.entry.3.Value.StringValue=%2B15550001111",
      body_for(message).c_str());
  message.from = "BANK";
  STRCMP_CONTAINS("StringValue=ACME", body_for(message).c_str());
}

TEST(SnsDialect, theLimitIsInBytes) {
  const auto message = message_of(std::string(1599, 'a') + "ü");
  const auto request = aws::SnsDialect(options).build(request_for(message, clock));
  CHECK_FALSE(request.has_value());
  STRCMP_EQUAL("too_long", request.error().code.c_str());
}

TEST(SnsDialect, anAcceptanceHasNoReceipts) {
  const auto result =
      read(200,
           "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>"
           "94f20ce6-13c5-43a0-9a9e-ca52d816e90b</MessageId></PublishResult><ResponseMetadata><RequestId>"
           "f187a3c1</RequestId></ResponseMetadata></PublishResponse>");
  CHECK(result.outcome == Outcome::accepted);
  STRCMP_EQUAL("94f20ce6-13c5-43a0-9a9e-ca52d816e90b", result.provider_ref.c_str());
  STRCMP_CONTAINS("f187a3c1", result.detail.c_str());
  CHECK(result.receipt_refs.empty());
}

TEST(SnsDialect, aSuccessThatCannotBeReadIsUnknown) {
  const std::string bodies[] = {"",
                                "<MessageId>",
                                "<MessageId></MessageId>",
                                "<MessageId>a",
                                "<MessageId>a</Message",
                                "<MessageId>a b</MessageId>",
                                "<MessageId>a<b/></MessageId>",
                                "<MessageId>" + std::string(129, 'a') + "</MessageId>",
                                "{\"MessageId\":\"a\"}",
                                "<html></html>"};
  for (const auto& body : bodies) STRCMP_EQUAL_TEXT("unknown", text_of(read(200, body).outcome), body.c_str());
}

TEST(SnsDialect, everyErrorOfTheFacts) {
  struct Case {
    int status;
    const char* code;
    Outcome outcome;
  };
  const Case cases[] = {
      {400, "InvalidParameter", Outcome::refused},
      {400, "ParameterValueInvalid", Outcome::refused},
      {400, "ValidationException", Outcome::refused},
      {400, "EndpointDisabled", Outcome::refused},
      {400, "OptedOut", Outcome::recipient_refused},
      {404, "NotFound", Outcome::account},
      {403, "AuthorizationError", Outcome::account},
      {403, "InvalidSecurity", Outcome::account},
      {400, "KMSDisabled", Outcome::account},
      {403, "KMSAccessDenied", Outcome::account},
      {429, "Throttled", Outcome::throttled},
      {400, "Throttling", Outcome::throttled},
      {500, "InternalError", Outcome::unknown},
      {500, "InternalFailure", Outcome::unknown},
      {503, "ServiceUnavailable", Outcome::unavailable},
      {403, "InvalidClientTokenId", Outcome::account},
      {403, "SignatureDoesNotMatch", Outcome::account},
      {403, "ExpiredToken", Outcome::account},
      {403, "MissingAuthenticationToken", Outcome::account},
      {400, "IncompleteSignature", Outcome::account},
      {403, "AccessDenied", Outcome::account},
      {403, "AccessDeniedException", Outcome::account},
      {403, "OptInRequired", Outcome::account},
      {400, "SomethingNew", Outcome::refused},
      {403, "SomethingNew", Outcome::account},
  };
  for (const auto& c : cases) {
    const auto result = read(c.status, error(c.code));
    STRCMP_EQUAL_TEXT(text_of(c.outcome), text_of(result.outcome), c.code);
    STRCMP_EQUAL(c.code, result.code.c_str());
  }
}

TEST(SnsDialect, aNumberThatIsNotValidStopsTheChain) {
  const auto result =
      read(400, error("InvalidParameter", "Invalid parameter: PhoneNumber Reason: +155 is not valid to publish to"));
  CHECK(result.outcome == Outcome::recipient_refused);
  CHECK(result.detail.find("+155") == std::string::npos);
}

TEST(SnsDialect, errorsThatAreNotXml) {
  CHECK(read(400, "").outcome == Outcome::refused);
  CHECK(read(400, "<Code>").outcome == Outcome::refused);
  CHECK(read(503, "<html>upstream</html>").outcome == Outcome::unknown);
  CHECK(read(500, "garbage").outcome == Outcome::unknown);
}
