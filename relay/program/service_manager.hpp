#pragma once

#include "relay/base/time.hpp"

namespace relay::program {

/// systemd's notification protocol (sd_notify(3)); without a service manager every call does nothing.
class ServiceManager {
 public:
  void ready() const;
  void reloading(SteadyTime now) const;
  void stopping() const;
  void alive() const;
  /// How often the service manager wants alive(); zero: never.
  [[nodiscard]] Millis watchdog_interval() const;
};

}  // namespace relay::program
