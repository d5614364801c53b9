#pragma once

#include <string>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/http/client.hpp"

namespace firmware::console {

/// Asks a server whether it is there and can prove who it is. Sends nothing but a GET request without credentials.
class Internet {
 public:
  /// `client` has the system's trust store and outlives this.
  Internet(relay::Runtime runtime, relay::http::Client& client) : runtime_(runtime), client_(client) {}
  /// Any HTTP answer is good. Errors: unavailable, with the phase in which it failed.
  [[nodiscard]] relay::Task<relay::Result<void>> reach(std::string url, relay::Millis patience);

 private:
  relay::Runtime runtime_;
  relay::http::Client& client_;
};

}  // namespace firmware::console
