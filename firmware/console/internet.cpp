#include "firmware/console/internet.hpp"

#include "firmware/console/printable.hpp"

namespace firmware::console {

relay::Task<relay::Result<void>> Internet::reach(std::string url, relay::Millis patience) {
  relay::http::ClientRequest request;
  request.method = "GET";
  request.url = std::move(url);
  request.deadline = runtime_.clock.steady() + patience;
  auto answer = co_await client_.perform(std::move(request));
  if (answer) co_return relay::Result<void>{};
  const std::string what = answer.error().certificate_refused ? "its certificate is not trusted: " : "";
  co_return relay::fail(relay::ErrorCode::unavailable, what + printable(answer.error().message));
}

}  // namespace firmware::console
