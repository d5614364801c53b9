#include "firmware/api/hardware_report.hpp"

#include "firmware/api/metric_text.hpp"

namespace firmware::api {
namespace {

using hal::StorageHealth;
using nlohmann::ordered_json;

ordered_json clock_json(const HardwareHealth& health) {
  const ClockHealth& clock = health.clock;
  ordered_json out;
  out["believed"] = clock.believed();
  if (clock.believed()) out["by"] = name_of(clock.believed_by);
  if (clock.error_bound) out["error_bound_ms"] = clock.error_bound->count();
  if (clock.contradicted_by != TimeSource::nobody) {
    out["contradicted_by"] = name_of(clock.contradicted_by);
    out["ahead_seconds"] = clock.ahead.count() / 1000;
  }
  out["battery_clock"] = clock.battery_clock;
  return out;
}

ordered_json storage_json(const StorageHealth& disk) {
  ordered_json out;
  out["kind"] = hal::name_of(disk.kind);
  if (!disk.device.empty()) out["device"] = disk.device;
  if (!disk.model.empty()) out["model"] = disk.model;
  if (disk.wear_percent) out["wear_percent"] = *disk.wear_percent;
  if (disk.reserve != StorageHealth::Reserve::unknown) out["spare_blocks"] = hal::name_of(disk.reserve);
  out["read_only"] = disk.read_only;
  if (disk.errors) out["errors"] = *disk.errors;
  out["total_bytes"] = disk.total_bytes;
  out["free_bytes"] = disk.free_bytes;
  return out;
}

ordered_json watchdog_json(const HardwareHealth& health) {
  ordered_json out;
  out["running"] = health.watchdog && health.watchdog->running;
  if (!health.watchdog) {
    out["trouble"] = health.watchdog_trouble;
    return out;
  }
  out["identity"] = health.watchdog->identity;
  if (health.watchdog->timeout_s) out["timeout_seconds"] = *health.watchdog->timeout_s;
  out["reset_the_machine"] = health.watchdog->reset_the_machine;
  return out;
}

}  // namespace

ordered_json hardware_json(const HardwareHealth& health) {
  ordered_json out;
  out["clock"] = clock_json(health);
  if (health.storage) out["storage"] = storage_json(*health.storage);
  if (!health.storage_trouble.empty()) out["storage"] = {{"trouble", health.storage_trouble}};
  if (health.celsius) out["temperature"] = {{"celsius", *health.celsius}, {"hot", health.hot}};
  if (health.watchdog || !health.watchdog_trouble.empty()) out["watchdog"] = watchdog_json(health);
  if (health.has_button) {
    out["button"] = ordered_json::object();
    if (health.button_held_ago) out["button"]["held_seconds_ago"] = health.button_held_ago->count() / 1000;
  }
  return out;
}

void render_hardware_metrics(std::string& out, const HardwareHealth& health) {
  head(out, "relay_clock_believed", "gauge", "1 when somebody confirms the wall clock.");
  sample(out, "relay_clock_believed", {{"by", name_of(health.clock.believed_by)}}, health.clock.believed() ? 1 : 0);
  if (health.clock.contradicted_by != TimeSource::nobody) {
    head(out, "relay_clock_ahead_seconds", "gauge", "Of who contradicts the wall clock.");
    sample(out, "relay_clock_ahead_seconds", {{"of", name_of(health.clock.contradicted_by)}},
           static_cast<double>(health.clock.ahead.count()) / 1000.0);
  }
  if (health.storage) {
    const StorageHealth& disk = *health.storage;
    head(out, "relay_storage_read_only", "gauge", "1 when nothing can be written where the outbox lies.");
    sample(out, "relay_storage_read_only", {}, disk.read_only ? 1 : 0);
    if (disk.wear_percent) {
      head(out, "relay_storage_wear_ratio", "gauge", "How much of the flash's rated life is used up, at most.");
      sample(out, "relay_storage_wear_ratio", {}, *disk.wear_percent / 100.0);
    }
    if (disk.errors) {
      head(out, "relay_storage_errors", "gauge", "Errors that the file system has counted since its last check.");
      sample(out, "relay_storage_errors", {}, static_cast<double>(*disk.errors));
    }
  }
  if (health.celsius) {
    head(out, "relay_temperature_celsius", "gauge", "Of the processor.");
    sample(out, "relay_temperature_celsius", {}, *health.celsius);
  }
  if (health.watchdog || !health.watchdog_trouble.empty()) {
    head(out, "relay_hardware_watchdog_running", "gauge", "1 when the board's watchdog is fed.");
    sample(out, "relay_hardware_watchdog_running", {}, health.watchdog && health.watchdog->running ? 1 : 0);
  }
}

}  // namespace firmware::api
