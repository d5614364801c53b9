#include "tests/sim/http_call.hpp"

#include <utility>

#include "tests/sim/world.hpp"

namespace sim {
namespace {

/// Nothing while the answer is not whole.
std::optional<HttpAnswer> whole_answer(const std::string& received) {
  const auto end = received.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  HttpAnswer answer{.status = std::stoi(received.substr(9, 3)), .head = received.substr(0, end), .body = {}};
  const auto length_at = received.find("Content-Length: ");
  const std::size_t length = length_at == std::string::npos || length_at > end
                                 ? 0
                                 : static_cast<std::size_t>(std::stoul(received.substr(length_at + 16, 9)));
  if (received.size() < end + 4 + length) return std::nullopt;
  answer.body = received.substr(end + 4, length);
  return answer;
}

}  // namespace

std::string target_of(const std::string& url) {
  const auto path = url.find('/', url.find("://") + 3);
  return path == std::string::npos ? "/" : url.substr(path);
}

HttpCall::HttpCall(World& world, std::shared_ptr<LanConnection> connection, Done done)
    : world_(world), connection_(std::move(connection)), done_(std::move(done)) {}

std::shared_ptr<HttpCall> HttpCall::begin(World& world, std::shared_ptr<LanConnection> connection, Done done) {
  std::shared_ptr<HttpCall> call(new HttpCall(world, std::move(connection), std::move(done)));
  call->connection_->on_bytes = [call](std::string_view bytes) {
    call->received_ += bytes;
    auto answer = whole_answer(call->received_);
    if (answer) call->end(std::move(answer));
  };
  call->connection_->on_closed = [call] { call->end(std::nullopt); };
  return call;
}

void HttpCall::send(std::string_view bytes) {
  if (connection_) connection_->send(bytes);
}

void HttpCall::end(std::optional<HttpAnswer> answer) {
  if (std::exchange(over_, true)) return;
  const auto self = shared_from_this();  // the connection's callbacks go
  connection_->close();
  connection_.reset();
  const auto tell = std::move(done_);
  world_.after(relay::Millis{0}, [tell, answer = std::move(answer)] { tell(answer); });
}

}  // namespace sim
