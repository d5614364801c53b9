#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "firmware/hardware/hardware_health.hpp"
#include "relay/dispatch/dispatcher.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware::api {

/// What health tells of one modem.
struct ModemHealth {
  std::string name;
  bool ready = false;
  std::string state;  ///< A sentence: "ready", "not registered (searching)", "no modem at /dev/modem0".
  std::string operator_name;
  std::string registration;
  std::optional<int> signal_dbm;
  std::uint64_t recoveries = 0;
  std::string alarm;  ///< Kind of the one that is raised; empty: none.
  std::string alarm_sentence;
  std::optional<relay::WallTime> alarm_since;
};

/// What health tells of the link to the bridge.
struct BridgeHealth {
  std::string state;    ///< "not enrolled", "connecting", "up".
  std::string box;      ///< "tenant.box" at the bridge, once enrolled.
  std::string trouble;  ///< Why it is not up, a sentence.
  relay::Millis down_for{};
  std::optional<relay::WallTime> heard_at;  ///< Since the start.
};

/// The state of the whole box at one moment.
struct HealthReport {
  bool storing = true;  ///< The last probe of the store worked.
  bool uplink_up = true;
  std::optional<relay::WallTime> uplink_simulated_down;  ///< An operator's drill, until then.
  std::optional<relay::WallTime> queue_paused;           ///< By an operator, until then.
  bool uplink_watched = false;  ///< False: no targets configured, the uplink is taken to be up.
  std::vector<relay::dispatch::Dispatcher::ProviderFigures> providers;
  std::vector<ModemHealth> modems;
  std::optional<BridgeHealth> bridge;  ///< None: the box has no bridge.
  std::string damaged_outbox;          ///< Where the file is that this start could not use whole; empty: it could.
  std::optional<std::int64_t> free_disk_bytes;
  HardwareHealth hardware;
  relay::Millis uptime{};
  std::string board;               ///< Its title; empty: not known.
  std::string certificate_sha256;  ///< Fingerprint of the LAN API's certificate; empty: plain HTTP.
};

/// Where the API gets it; the composition root implements it.
class HealthSource {
 public:
  virtual ~HealthSource() = default;
  [[nodiscard]] virtual HealthReport health() const = 0;
  /// Free space where the outbox lies, as in the report but alone: asked at each submission.
  [[nodiscard]] virtual std::optional<std::int64_t> free_disk_bytes() const { return health().free_disk_bytes; }
};

struct Alarm;  // alarms.hpp

/// `alarms` are the report's (alarms_of). GET /health/messaging: the providers in the order of the chain, as monitoring
/// systems expect it.
[[nodiscard]] std::string render_messaging_health(const HealthReport& report, const std::vector<Alarm>& alarms);
/// GET /v1/health: everything.
[[nodiscard]] std::string render_health(const HealthReport& report, const std::vector<Alarm>& alarms,
                                        const relay::outbox::Counters& counters);

}  // namespace firmware::api
