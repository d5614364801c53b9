#include "firmware/console/admin_client.hpp"

#include <nlohmann/json.hpp>

namespace firmware::console {
namespace {

using relay::ErrorCode;
using relay::fail;

constexpr relay::Millis patience{10'000};

std::string sentence_of(const relay::http::ClientResponse& response) {
  const auto problem = nlohmann::json::parse(response.body, nullptr, false);
  if (!problem.is_object()) return "the daemon answered with status " + std::to_string(response.status);
  const std::string title = problem.value("title", "");
  const std::string detail = problem.value("detail", "");
  return detail.empty() ? title : title + ": " + detail;
}

}  // namespace

relay::Task<relay::Result<std::string>> AdminClient::call(std::string method, std::string path, std::string body) {
  relay::http::ClientRequest request;
  request.method = std::move(method);
  request.url = "http://edge-relay" + path;
  if (!body.empty()) request.headers.push_back({"Content-Type", "application/json"});
  request.body = std::move(body);
  request.deadline = runtime_.clock.steady() + patience;
  auto answer = co_await client_.perform(std::move(request));
  if (!answer) {
    co_return fail(ErrorCode::unavailable, "no edge-relayd answers at " + socket_ + " (" + answer.error().message +
                                               "); is it running, and may this user use the socket?");
  }
  if (answer->status < 200 || answer->status >= 300) {
    const auto code = answer->status == 404 ? ErrorCode::not_found : ErrorCode::conflict;
    co_return fail(code, sentence_of(*answer));
  }
  co_return std::move(answer->body);
}

}  // namespace firmware::console
