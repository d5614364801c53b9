#include "relay/api/problem.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"

namespace relay::api {
namespace {

constexpr Millis store_retry_after{5'000};

std::string retry_after_seconds(Millis wait) {
  return std::to_string(std::max<std::int64_t>(1, (wait.count() + 999) / 1000));
}

}  // namespace

http::ServerResponse to_response(const Problem& problem) {
  nlohmann::ordered_json body;
  body["type"] = "/problems/" + std::string{problem.type};
  body["title"] = problem.title;
  body["status"] = problem.status;
  if (!problem.detail.empty()) body["detail"] = problem.detail;
  if (!problem.field.empty()) body["field"] = problem.field;
  http::ServerResponse response{.status = problem.status,
                                .headers = {{"Content-Type", "application/problem+json"}},
                                .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
  if (problem.retry_after) response.headers.push_back({"Retry-After", retry_after_seconds(*problem.retry_after)});
  if (problem.status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  if (problem.status == 405) response.headers.push_back({"Allow", problem.detail});
  return response;
}

Problem from_error(const Error& error, std::string_view who) {
  switch (error.code) {
    case ErrorCode::not_found:
      return not_found(error.message);
    case ErrorCode::conflict:
      return {.status = 409,
              .type = "conflict",
              .title = "The message is not in a state that allows this",
              .detail = error.message};
    case ErrorCode::invalid_argument:
      return request_invalid("", error.message);
    case ErrorCode::full:
      return {.status = 503,
              .type = "storage-low",
              .title = concat("The ", who, " is out of disk space"),
              .detail = "try again later",
              .retry_after = store_retry_after};
    case ErrorCode::unavailable:
    case ErrorCode::io:
    case ErrorCode::timeout:
    case ErrorCode::cancelled:
      return {.status = 503,
              .type = "storage-unavailable",
              .title = concat("The ", who, " cannot store now"),
              .detail = "try again later",
              .retry_after = store_retry_after};
    case ErrorCode::corrupt:
    case ErrorCode::internal:
      break;
  }
  return {.status = 500,
          .type = "internal",
          .title = concat("The ", who, " failed to do this"),
          .detail = concat("the log of the ", who, " says why")};
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

Problem unauthorized(std::string how) {
  return {.status = 401, .type = "unauthorized", .title = "A valid API key is needed", .detail = std::move(how)};
}

Problem method_not_allowed(std::string_view allowed) {
  return {.status = 405,
          .type = "method-not-allowed",
          .title = "This path does not take that method",
          .detail = std::string{allowed}};
}

bool is_read(const http::ServerRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

std::string number_in_query(const std::string& value) { return value.starts_with(' ') ? "+" + value.substr(1) : value; }

http::ServerResponse json_response(int status, std::string body) {
  body += '\n';
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

}  // namespace relay::api
