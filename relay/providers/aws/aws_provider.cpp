#include "relay/providers/aws/aws_provider.hpp"

#include <utility>

#include "relay/providers/aws/errors.hpp"
#include "relay/providers/common/date.hpp"
#include "relay/providers/common/exchange.hpp"

namespace relay::providers::aws {

AwsProvider::AwsProvider(Runtime runtime, Parts parts)
    : runtime_(std::move(runtime)), parts_(std::move(parts)), server_clock_(runtime_.clock) {}

Task<SendResult> AwsProvider::send(SendRequest request) {
  auto unsigned_request = parts_.dialect->build(request);
  if (!unsigned_request) co_return std::move(unsigned_request.error());
  unsigned_request->deadline = request.deadline;

  Answer answer = co_await exchange(runtime_, *parts_.client, signed_now(*unsigned_request));
  if (answer && learns_time_from(*answer)) {
    answer = co_await exchange(runtime_, *parts_.client, signed_now(*unsigned_request));
  }
  if (!answer) co_return std::move(answer.error());
  co_return parts_.dialect->read(*answer, runtime_.clock.wall());
}

http::ClientRequest AwsProvider::signed_now(http::ClientRequest request) const {
  sign(request, parts_.credentials, parts_.scope, server_clock_.now());
  return request;
}

bool AwsProvider::learns_time_from(const http::ClientResponse& answer) {
  if (answer.status < 400 || answer.status > 499 || !is_clock_error(parts_.dialect->error_of(answer))) return false;
  const auto date = parse_date(http::header_value(answer.headers, "Date"));
  if (date) server_clock_.set(*date);
  return date.has_value();
}

}  // namespace relay::providers::aws
