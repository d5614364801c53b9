#pragma once

#include <string>

#include "relay/admission/admission.hpp"
#include "relay/api/problem.hpp"

namespace firmware::api {

using relay::api::is_read;
using relay::api::json_response;
using relay::api::method_not_allowed;
using relay::api::not_found;
using relay::api::number_in_query;
using relay::api::Problem;
using relay::api::request_invalid;
using relay::api::to_response;

[[nodiscard]] inline Problem from_refusal(const relay::admission::Refusal& refusal) {
  return {.status = refusal.status,
          .type = refusal.type,
          .title = std::string{refusal.title},
          .detail = refusal.detail,
          .field = refusal.field,
          .retry_after = refusal.retry_after};
}
[[nodiscard]] inline Problem from_error(const relay::Error& error) { return relay::api::from_error(error, "box"); }
[[nodiscard]] inline Problem unauthorized() {
  return relay::api::unauthorized("send Authorization: Bearer KEY; relayctl key add NAME makes a key");
}

}  // namespace firmware::api
