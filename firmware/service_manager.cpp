#include "firmware/service_manager.hpp"

#include <cstdint>
#include <string>

#include <systemd/sd-daemon.h>

namespace firmware {

void ServiceManager::ready() const { sd_notify(0, "READY=1"); }
void ServiceManager::stopping() const { sd_notify(0, "STOPPING=1"); }
void ServiceManager::alive() const { sd_notify(0, "WATCHDOG=1"); }

void ServiceManager::reloading(relay::SteadyTime now) const {
  const std::string message = "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(relay::to_ms(now) * 1000);
  sd_notify(0, message.c_str());
}

void ServiceManager::status(std::string_view sentence) const {
  const std::string message = "STATUS=" + std::string{sentence};
  sd_notify(0, message.c_str());
}

relay::Millis ServiceManager::watchdog_interval() const {
  std::uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) return relay::Millis{0};
  return relay::Millis{static_cast<std::int64_t>(usec / 1000)};
}

}  // namespace firmware
