#pragma once

#include <optional>
#include <string>

#include "relay/base/result.hpp"

namespace hal {

/// A hardware watchdog, seen from outside: it is the service manager's to feed.
struct WatchdogState {
  std::string identity;          ///< The driver's name for it.
  bool running = false;          ///< Somebody feeds it; when that ends it resets the machine.
  std::optional<int> timeout_s;  ///< How long it waits.
  /// It was what ended the run before this one. False also where the driver cannot tell.
  bool reset_the_machine = false;
};

class Watchdog {
 public:
  virtual ~Watchdog() = default;
  /// Looks without opening `device` ("/dev/watchdog0"), which would start it. Errors: not_found (no such watchdog).
  [[nodiscard]] virtual relay::Result<WatchdogState> look(const std::string& device) = 0;
};

}  // namespace hal
