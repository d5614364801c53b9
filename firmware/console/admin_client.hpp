#pragma once

#include <string>

#include <nlohmann/json.hpp>

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

  /// Who asks, for the daemon's log: "anna (tech) at /dev/ttyS0".
  void act_for(std::string who) { who_ = std::move(who); }

  /// A good answer, every string in it made fit for a terminal (printable.hpp): what came from outside into the daemon
  /// ends here. Errors: unavailable (no daemon there, with what to do), or the problem's own sentence:
  /// invalid_argument, not_found, conflict, unavailable by its status. `health` paths answer with their report whatever
  /// the status.
  [[nodiscard]] relay::Task<relay::Result<nlohmann::ordered_json>> call(std::string method, std::string path,
                                                                        nlohmann::ordered_json body = nullptr,
                                                                        relay::Millis patience = relay::Millis{10'000});
  /// Whether the last call found a daemon at all.
  [[nodiscard]] bool reached() const { return reached_; }

 private:
  relay::Runtime runtime_;
  relay::http::Client& client_;
  std::string socket_;
  std::string who_;
  bool reached_ = false;
};

}  // namespace firmware::console
