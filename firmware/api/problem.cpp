#include "firmware/api/problem.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace firmware::api {
namespace {

constexpr relay::Millis store_retry_after{5'000};

std::string retry_after_seconds(relay::Millis wait) {
  return std::to_string(std::max<std::int64_t>(1, (wait.count() + 999) / 1000));
}

}  // namespace

relay::http::ServerResponse to_response(const Problem& problem) {
  nlohmann::ordered_json body;
  body["type"] = "/problems/" + std::string{problem.type};
  body["title"] = problem.title;
  body["status"] = problem.status;
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  if (!problem.field.empty()) body["field"] = problem.field;
  relay::http::ServerResponse response{
      .status = problem.status,
      .headers = {{"Content-Type", "application/problem+json"}},
      .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
  if (problem.retry_after) response.headers.push_back({"Retry-After", retry_after_seconds(*problem.retry_after)});
  if (problem.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (problem.status == 405) response.headers.push_back({"Allow", problem.detail});
  return response;
}

Problem from_refusal(const relay::admission::Refusal& refusal) {
  return {.status = refusal.status,
          .type = refusal.type,
          .title = std::string{refusal.title},
          .detail = refusal.detail,
          .field = refusal.field,
          .retry_after = refusal.retry_after};
}

Problem from_error(const relay::Error& error) {
  switch (error.code) {
    case relay::ErrorCode::not_found:
      return not_found(error.message);
    case relay::ErrorCode::conflict:
      return {.status = 409,
              .type = "conflict",
              .title = "The message is not in a state that allows this",
              .detail = error.message};
    case relay::ErrorCode::invalid_argument:
      return request_invalid("", error.message);
    case relay::ErrorCode::full:
      return {.status = 503,
              .type = "storage-low",
              .title = "The box is out of disk space",
              .detail = "try again later",
              .retry_after = store_retry_after};
    case relay::ErrorCode::unavailable:
    case relay::ErrorCode::io:
    case relay::ErrorCode::timeout:
    case relay::ErrorCode::cancelled:
      return {.status = 503,
              .type = "storage-unavailable",
              .title = "The box cannot store now",
              .detail = "try again later",
              .retry_after = store_retry_after};
    case relay::ErrorCode::corrupt:
    case relay::ErrorCode::internal:
      break;
  }
  return {
      .status = 500, .type = "internal", .title = "The box failed to do this", .detail = "the log of the box says why"};
}

Problem request_invalid(std::string field, std::string detail) {
  return {.status = 400,
          .type = "request-invalid",
          .title = "The request cannot be used",
          .detail = std::move(detail),
          .field = std::move(field)};
}

Problem not_found(std::string detail) {
  return {.status = 404, .type = "not-found", .title = "There is no such thing", .detail = std::move(detail)};
}

Problem unauthorized() {
  return {.status = 401,
          .type = "unauthorized",
          .title = "A valid API key is needed",
          .detail = "send Authorization: Bearer KEY; relayctl key add NAME makes a key"};
}

Problem method_not_allowed(std::string_view allowed) {
  return {.status = 405,
          .type = "method-not-allowed",
          .title = "This path does not take that method",
          .detail = std::string{allowed}};
}

bool is_read(const relay::http::ServerRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

std::string number_in_query(const std::string& value) { return value.starts_with(' ') ? "+" + value.substr(1) : value; }

relay::http::ServerResponse json_response(int status, std::string body) {
  body += '\n';
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

}  // namespace firmware::api
