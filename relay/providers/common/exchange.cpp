#include "relay/providers/common/exchange.hpp"

#include <optional>
#include <string>
#include <utility>

#include "relay/base/planted_fault.hpp"
#include "relay/base/within.hpp"

namespace relay::providers {
namespace {

std::string_view name_of(http::Phase phase) {
  switch (phase) {
    case http::Phase::resolve:
      return "resolve";
    case http::Phase::connect:
      return "connect";
    case http::Phase::tls:
      return "tls";
    case http::Phase::send:
      return "send";
    case http::Phase::receive:
      return "receive";
  }
  return "transport";
}

}  // namespace

SendResult result_of_failure(const http::ClientFailure& failure) {
  SendResult result;
  result.code = failure.timed_out ? "timeout" : std::string(name_of(failure.phase));
  if (failure.request_byte_left) {
    result.outcome = planted(PlantedFault::timeout_taken_as_failure) ? Outcome::unavailable : Outcome::unknown;
    result.detail = "The request went out and no whole answer came back: " + failure.message;
  } else if (failure.certificate_refused) {
    result.outcome = Outcome::account;
    result.code = "certificate";
    result.detail =
        "The server could not prove who it is, so nothing was sent; check the box's clock, then base_url, connect_to "
        "and "
        "ca_file: " +
        failure.message;
  } else {
    result.outcome = Outcome::unavailable;
    result.detail = "No connection, so nothing was sent: " + failure.message;
  }
  return result;
}

Task<Answer> exchange(Runtime runtime, http::Client& client, http::ClientRequest request) {
  const SteadyTime deadline = request.deadline;
  if (runtime.clock.steady() >= deadline) {
    co_return std::unexpected(result_of_failure({.phase = http::Phase::connect,
                                                 .request_byte_left = false,
                                                 .certificate_refused = false,
                                                 .timed_out = true,
                                                 .message = "the time for this attempt was over before it began."}));
  }
  auto answer = co_await within(runtime, deadline + deadline_grace, client.perform(std::move(request)));
  if (!answer) {
    co_return std::unexpected(result_of_failure({.phase = http::Phase::receive,
                                                 .request_byte_left = true,
                                                 .certificate_refused = false,
                                                 .timed_out = true,
                                                 .message = "the HTTP client did not end in time."}));
  }
  if (!*answer) co_return std::unexpected(result_of_failure(answer->error()));
  co_return std::move(**answer);
}

}  // namespace relay::providers
