#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "relay/base/task.hpp"

namespace hal {

/// The box's network as far as the relay needs it: can a place be reached, and has anything about the links changed.
class Network {
 public:
  virtual ~Network() = default;
  /// Opens a TCP connection and closes it again. True when it was established by `deadline`. Never throws.
  [[nodiscard]] virtual relay::Task<bool> reachable(std::string host, std::uint16_t port,
                                                    relay::SteadyTime deadline) = 0;
  /// Called (on the loop) when a link goes up or down or a route changes. One listener.
  virtual void on_change(std::function<void()> listener) = 0;
  virtual void close() = 0;
};

}  // namespace hal
