// What AWS SNS answers. Input: see cloud_answer.hpp.
#include "relay/providers/aws/sns_dialect.hpp"
#include "tests/fuzz/cloud_answer.hpp"
#include "tests/fuzz/target.hpp"

namespace {

constexpr relay::WallTime now{relay::Millis{1'790'000'000'000}};

void run(std::string_view input) {
  const auto answer = fuzz::read_answer(input);
  const relay::providers::aws::SnsDialect dialect({.base_url = "https://sns.eu-west-1.amazonaws.com"});
  fuzz::check_result(answer, dialect.read(answer, now));
  const auto error = dialect.error_of(answer);
  fuzz::require(error.code.size() <= 128 && error.evidence.size() <= 1024, "what is read of an error is bounded");
  fuzz::require(error.code.find('<') == std::string::npos, "a code is one element's text");
}

fuzz::Seeds seeds() {
  using fuzz::write_answer;
  const auto error = [](std::string_view code, std::string_view message) {
    return "<ErrorResponse><Error><Type>Sender</Type><Code>" + std::string{code} + "</Code><Message>" +
           std::string{message} + "</Message></Error><RequestId>r-1</RequestId></ErrorResponse>";
  };
  return {write_answer(
              200, "Content-Type: text/xml\n",
              "<PublishResponse><PublishResult><MessageId>567910cd-659e-55d4-8ccb-5aaf14679dc0</MessageId>"
              "</PublishResult><ResponseMetadata><RequestId>d74b8436</RequestId></ResponseMetadata></PublishResponse>"),
          write_answer(200, "", "<MessageId></MessageId>"),
          write_answer(200, "", "<MessageId>x"),
          write_answer(200, "", "<MessageId>a b</MessageId>"),
          write_answer(400, "", error("InvalidParameter", "PhoneNumber is not valid to publish to")),
          write_answer(400, "", error("OptedOut", "")),
          write_answer(400, "", error("Throttling", "Rate exceeded")),
          write_answer(403, "", error("SignatureDoesNotMatch", "x")),
          write_answer(403, "", error("RequestExpired", "x")),
          write_answer(500, "", error("InternalFailure", "x")),
          write_answer(503, "Retry-After: 3\n", error("ServiceUnavailable", "x")),
          write_answer(404, "", error("NotFound", "x"))};
}

const fuzz::Registration registration{{"aws_sns", &run, &seeds}};

}  // namespace
