#include "tests/fakes/scripted_http_client.hpp"

#include <utility>

namespace fakes {

using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;
using relay::http::Phase;

HttpScript& HttpScript::answer(int status, std::string body, relay::http::Headers headers, relay::Millis after) {
  steps.push_back({.result = ClientResponse{status, std::move(headers), std::move(body)}, .after = after});
  return *this;
}

HttpScript& HttpScript::fail(ClientFailure failure, relay::Millis after) {
  steps.push_back({.result = std::move(failure), .after = after});
  return *this;
}

HttpScript& HttpScript::hang() {
  steps.push_back({.result = ClientFailure{}, .ignores_deadline = true});
  return *this;
}

relay::Task<std::expected<ClientResponse, ClientFailure>> ScriptedHttpClient::perform(ClientRequest request) {
  const relay::SteadyTime deadline = request.deadline;
  script_.requests.push_back(std::move(request));
  if (script_.steps.empty()) {
    co_return std::unexpected(ClientFailure{.phase = Phase::connect, .message = "the script has no further step"});
  }
  const HttpScript::Step step = std::move(script_.steps.front());
  script_.steps.pop_front();

  const relay::SteadyTime ready_at =
      step.ignores_deadline ? relay::SteadyTime::max() : runtime_.clock.steady() + step.after;
  if (!step.ignores_deadline && ready_at > deadline) {
    co_await relay::sleep_until(runtime_, deadline);
    co_return std::unexpected(ClientFailure{
        .phase = Phase::receive, .request_byte_left = true, .timed_out = true, .message = "no answer in time"});
  }
  co_await relay::sleep_until(runtime_, ready_at);
  if (const auto* failure = std::get_if<ClientFailure>(&step.result)) co_return std::unexpected(*failure);
  co_return std::get<ClientResponse>(step.result);
}

}  // namespace fakes
