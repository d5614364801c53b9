#pragma once

#include <string>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/http/client.hpp"

namespace firmware::console {

/// Speaks to a running edge-relayd over its Unix socket.
class AdminClient {
 public:
  /// `client` must lead to the socket and outlives this; `socket` is for messages.
  AdminClient(relay::Runtime runtime, relay::http::Client& client, std::string socket)
      : runtime_(runtime), client_(client), socket_(std::move(socket)) {}

  /// The body of a good answer. Errors: unavailable (no daemon there, with what to do), or the problem's own sentence.
  [[nodiscard]] relay::Task<relay::Result<std::string>> call(std::string method, std::string path, std::string body);

 private:
  relay::Runtime runtime_;
  relay::http::Client& client_;
  std::string socket_;
};

}  // namespace firmware::console
