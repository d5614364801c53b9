#include "relay/providers/aws/signed_exchange.hpp"

#include <utility>

#include "relay/providers/aws/errors.hpp"
#include "relay/providers/common/date.hpp"

namespace relay::providers::aws {

SignedExchange::SignedExchange(Runtime runtime, Credentials credentials, SigningScope scope,
                               std::unique_ptr<http::Client> client, ErrorReader error_of)
    : runtime_(std::move(runtime)),
      credentials_(std::move(credentials)),
      scope_(std::move(scope)),
      client_(std::move(client)),
      error_of_(std::move(error_of)),
      server_clock_(runtime_.clock) {}

Task<Answer> SignedExchange::ask(http::ClientRequest request) {
  Answer answer = co_await exchange(runtime_, *client_, signed_now(request));
  if (answer && learns_time_from(*answer)) {
    answer = co_await exchange(runtime_, *client_, signed_now(std::move(request)));
  }
  co_return answer;
}

http::ClientRequest SignedExchange::signed_now(http::ClientRequest request) const {
  sign(request, credentials_, scope_, server_clock_.now());
  return request;
}

bool SignedExchange::learns_time_from(const http::ClientResponse& answer) {
  if (answer.status < 400 || answer.status > 499 || !is_clock_error(error_of_(answer))) return false;
  const auto date = parse_date(http::header_value(answer.headers, "Date"));
  if (date) server_clock_.set(*date);
  return date.has_value();
}

}  // namespace relay::providers::aws
