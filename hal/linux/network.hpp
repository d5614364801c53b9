#pragma once

#include <memory>

#include "hal/network.hpp"
#include "relay/base/runtime.hpp"

namespace hal {

/// TCP by Asio (names by getaddrinfo, which Asio runs on a thread of its own), changes by rtnetlink. Without permission
/// for rtnetlink it still probes; changes are then noticed at the next interval.
[[nodiscard]] std::unique_ptr<Network> make_linux_network(relay::Runtime runtime);

}  // namespace hal
