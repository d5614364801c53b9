#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/http/server.hpp"

namespace relay::api {

/// An RFC 9457 answer: application/problem+json with a stable type, "/problems/<type>".
struct Problem {
  int status = 500;
  std::string_view type = "internal";
  std::string title;
  std::string detail;
  std::string field;  ///< The JSON member, query parameter or header at fault; empty when none is.
  std::optional<Millis> retry_after;
};

[[nodiscard]] http::ServerResponse to_response(const Problem& problem);
/// An error of the store: full and unavailable are 503 with Retry-After, not_found 404, conflict 409, the rest 500
/// without details. `who` has the store: "box", "bridge".
[[nodiscard]] Problem from_error(const Error& error, std::string_view who);

/// 400: a member, query parameter or header that cannot be used.
[[nodiscard]] Problem request_invalid(std::string field, std::string detail);
[[nodiscard]] Problem not_found(std::string detail);
/// `how` says how one comes by a key.
[[nodiscard]] Problem unauthorized(std::string how);
[[nodiscard]] Problem method_not_allowed(std::string_view allowed);
/// GET or HEAD.
[[nodiscard]] bool is_read(const http::ServerRequest& request);
/// A number as it stands in a query string, where a plus reads as a space: both are taken.
[[nodiscard]] std::string number_in_query(const std::string& value);

/// A JSON answer.
[[nodiscard]] http::ServerResponse json_response(int status, std::string body);

}  // namespace relay::api
