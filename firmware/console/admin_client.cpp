#include "firmware/console/admin_client.hpp"

#include <functional>

#include "firmware/console/printable.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::ErrorCode;
using relay::fail;

void clean(ordered_json& value) {
  if (value.is_string()) {
    value = printable(value.get_ref<const std::string&>());
  } else if (value.is_structured()) {
    for (auto& member : value) clean(member);
  }
}

relay::Error problem_of(int status, const ordered_json& problem) {
  std::string sentence = "the daemon answered with status " + std::to_string(status);
  if (problem.is_object()) {
    const std::string title = problem.value("title", "");
    const std::string detail = problem.value("detail", "");
    if (!title.empty()) sentence = detail.empty() ? title : title + ": " + detail;
  }
  switch (status) {
    case 400:
    case 422:
      return {ErrorCode::invalid_argument, sentence};
    case 404:
      return {ErrorCode::not_found, sentence};
    case 429:
    case 503:
      return {ErrorCode::unavailable, sentence};
    default:
      return {status >= 500 ? ErrorCode::internal : ErrorCode::conflict, sentence};
  }
}

bool is_health(std::string_view path) { return path == "/v1/health" || path == "/health/messaging"; }

}  // namespace

relay::Task<relay::Result<ordered_json>> AdminClient::call(std::string method, std::string path, ordered_json body,
                                                           relay::Millis patience) {
  relay::http::ClientRequest request;
  request.method = std::move(method);
  request.url = "http://edge-relay" + path;
  if (!who_.empty()) request.headers.push_back({"X-Edge-Relay-User", who_});
  if (!body.is_null()) {
    request.headers.push_back({"Content-Type", "application/json"});
    request.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  request.deadline = runtime_.clock.steady() + patience;
  auto answer = co_await client_.perform(std::move(request));
  reached_ = answer.has_value();
  if (!answer) {
    co_return fail(ErrorCode::unavailable, "no edge-relayd answers at " + socket_ + " (" +
                                               printable(answer.error().message) +
                                               "); is it running, and may this user use the socket?");
  }
  ordered_json content = ordered_json::parse(answer->body, nullptr, false);
  const bool usable = !content.is_discarded();
  if (usable) clean(content);
  if ((answer->status < 200 || answer->status >= 300) && !(usable && is_health(path))) {
    co_return std::unexpected(problem_of(answer->status, content));
  }
  if (!usable) {
    co_return fail(ErrorCode::corrupt,
                   "the daemon's answer is not what this relayctl expects; are both of one version?");
  }
  co_return content;
}

}  // namespace firmware::console
