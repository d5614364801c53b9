#pragma once

#include <map>
#include <string>

#include "hal/watchdog.hpp"

namespace hal {

/// Watchdogs in memory, by their devices. None at first.
class SimWatchdog final : public Watchdog {
 public:
  std::map<std::string, WatchdogState, std::less<>> devices;

  [[nodiscard]] relay::Result<WatchdogState> look(const std::string& device) override {
    const auto found = devices.find(device);
    if (found == devices.end())
      return relay::fail(relay::ErrorCode::not_found, "this machine has no watchdog " + device);
    return found->second;
  }
};

}  // namespace hal
