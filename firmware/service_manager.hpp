#pragma once

#include "relay/base/time.hpp"

namespace firmware {

/// systemd's notification protocol (sd_notify(3)); without a service manager every call does nothing.
class ServiceManager {
 public:
  void ready() const;
  void reloading(relay::SteadyTime now) const;
  void stopping() const;
  void alive() const;
  /// How often the service manager wants alive(); zero: never.
  [[nodiscard]] relay::Millis watchdog_interval() const;
};

}  // namespace firmware
