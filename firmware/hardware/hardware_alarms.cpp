#include "firmware/hardware/hardware_alarms.hpp"

#include <chrono>
#include <cmath>

#include "relay/base/concat.hpp"

namespace firmware {
namespace {

using hal::StorageHealth;
using relay::concat;

constexpr int worn_percent = 90;

std::string disk_name(const StorageHealth& disk) { return concat("the ", name_of(disk.kind), " ", disk.device); }

void look_at_storage(const StorageHealth& disk, std::vector<HardwareAlarm>& alarms) {
  if (disk.read_only) {
    alarms.push_back({true, "E-STORE-004", "the file system of the outbox takes no writes: it is read-only",
                      "show storage; often the disk is dying: replace it"});
  }
  if (disk.errors.value_or(0) > 0) {
    alarms.push_back({false, "E-STORE-005",
                      concat("the file system of the outbox has counted ", *disk.errors, " errors"),
                      "reboot, which checks it; if they come again replace the disk"});
  }
  const bool reserve_low =
      disk.reserve == StorageHealth::Reserve::low || disk.reserve == StorageHealth::Reserve::urgent;
  const int wear = disk.wear_percent.value_or(0);
  if (wear >= worn_percent || reserve_low) {
    std::string text = concat(disk_name(disk), " is worn");
    if (wear > 100) text += ": beyond what it was made for";
    if (wear <= 100 && wear > 0) text += concat(": up to ", wear, " % of its life is used up");
    if (reserve_low) text += concat("; spare blocks: ", name_of(disk.reserve));
    alarms.push_back({false, "E-STORE-006", std::move(text), "show storage; plan its replacement"});
  }
}

void look_at_clock(const HardwareHealth& health, std::vector<HardwareAlarm>& alarms) {
  const ClockHealth& clock = health.clock;
  if (clock.contradicted_by != TimeSource::nobody) {
    alarms.push_back({false, "E-CLOCK-001",
                      concat("the clock is ", difference_text(clock.ahead), " ", describe(clock.contradicted_by)),
                      "show clock; set it (timedatectl), or name a good time server in timesyncd.conf"});
  } else if (health.clock_unconfirmed) {
    alarms.push_back({false, "E-CLOCK-001", "nobody confirms the clock: times shown may be wrong",
                      "show clock; allow NTP out, or name a server of the LAN in timesyncd.conf"});
  }
}

void look_at_watchdog(const HardwareHealth& health, std::vector<HardwareAlarm>& alarms) {
  constexpr const char* remedy = "RuntimeWatchdogSec= in /etc/systemd/system.conf (docs/operating.md)";
  if (!health.watchdog_trouble.empty()) {
    alarms.push_back({false, "E-WDOG-001", health.watchdog_trouble, remedy});
  } else if (health.watchdog && !health.watchdog->running) {
    alarms.push_back(
        {false, "E-WDOG-001", "nobody feeds the hardware's watchdog: a machine that hangs stays so", remedy});
  }
}

}  // namespace

std::string difference_text(relay::Millis ahead) {
  const auto seconds = std::chrono::abs(ahead).count() / 1000;
  constexpr std::int64_t minute = 60;
  constexpr std::int64_t hour = 60 * minute;
  const std::string size = seconds < 2 * minute ? concat(seconds, " s")
                           : seconds < 2 * hour ? concat(seconds / minute, " min")
                                                : concat(seconds / hour, " h");
  return concat(size, ahead < relay::Millis{0} ? " behind" : " ahead of");
}

std::vector<HardwareAlarm> alarms_of(const HardwareHealth& health) {
  std::vector<HardwareAlarm> alarms;
  if (health.storage) look_at_storage(*health.storage, alarms);
  if (health.hot) {
    alarms.push_back({false, "E-TEMP-001",
                      concat("the processor is at ", std::lround(health.celsius.value_or(health.hot_celsius)),
                             " C, which is too hot"),
                      "give it air; it slows down, then switches itself off"});
  }
  look_at_clock(health, alarms);
  look_at_watchdog(health, alarms);
  return alarms;
}

}  // namespace firmware
