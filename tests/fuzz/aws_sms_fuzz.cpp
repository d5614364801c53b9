// What AWS End User Messaging answers. Input: see cloud_answer.hpp.
#include "relay/providers/aws/errors.hpp"
#include "relay/providers/aws/eum_dialect.hpp"
#include "tests/fuzz/cloud_answer.hpp"
#include "tests/fuzz/target.hpp"

namespace {

constexpr relay::WallTime now{relay::Millis{1'790'000'000'000}};

void run(std::string_view input) {
  const auto answer = fuzz::read_answer(input);
  const relay::providers::aws::EumDialect dialect({.base_url = "https://sms-voice.eu-west-1.amazonaws.com"});
  const auto result = dialect.read(answer, now);
  fuzz::check_result(answer, result);
  const auto error = dialect.error_of(answer);
  fuzz::require(error.code.find('#') == std::string::npos || error.code.find('#') > 0,
                "a name stands without its space");
  if (relay::providers::aws::is_clock_error(error) && answer.status == 400) {
    fuzz::require(result.outcome == relay::Outcome::account, "a wrong clock is for a person");
  }
}

fuzz::Seeds seeds() {
  using fuzz::write_answer;
  const auto error = [](std::string_view type, std::string_view rest) {
    return "{\"__type\":\"" + std::string{type} + "\"" + std::string{rest} + "}";
  };
  return {write_answer(200, "", R"({"MessageId":"0e7a8b1c-0000-4000-8000-000000000001"})"),
          write_answer(200, "", "{}"),
          write_answer(200, "", R"({"MessageId":["x"]})"),
          write_answer(400, "", error("ConflictException", R"(,"Reason":"DESTINATION_PHONE_NUMBER_OPTED_OUT")")),
          write_answer(400, "",
                       error("com.amazonaws.pinpoint#ValidationException",
                             R"(,"Reason":"FIELD_VALIDATION_FAILED","Fields":[{"Name":"DestinationPhoneNumber"}])")),
          write_answer(400, "", error("ThrottlingException", "")),
          write_answer(429, "Retry-After: 99999999999999999999\n", error("ThrottlingException", "")),
          write_answer(400, "Date: Mon, 21 Sep 2026 13:33:20 GMT\n",
                       error("InvalidSignatureException", R"(,"message":"Signature expired: x")")),
          write_answer(403, "x-amzn-ErrorType: AccessDeniedException:http://x/\n", R"({"Message":"no"})"),
          write_answer(500, "", error("InternalServerException", "")),
          write_answer(503, "", error("ServiceUnavailableException", "")),
          write_answer(504, "", "gateway")};
}

const fuzz::Registration registration{{"aws_sms", &run, &seeds}};

}  // namespace
