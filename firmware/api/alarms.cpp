#include "firmware/api/alarms.hpp"

#include <algorithm>
#include <iterator>

#include "firmware/hardware/hardware_alarms.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::api {
namespace {

using relay::concat;
using relay::chain::BreakerState;

constexpr std::int64_t little_space = 64LL << 20U;

/// A question to the bridge may take half a minute; restarts of the bridge are no alarm.
constexpr relay::Millis bridge_patience{90'000};

bool is_modem(const std::string& kind) { return kind == "modem" || kind == "modem-pool"; }

void look_at_providers(const HealthReport& report, std::vector<Alarm>& alarms) {
  for (const auto& provider : report.providers) {
    const std::string& name = provider.name;
    if (!provider.enabled) {
      alarms.push_back({false, "E-PROV-003", name + " is switched off by hand", "provider enable " + name});
    } else if (provider.breaker != BreakerState::closed) {
      alarms.push_back({false, "E-PROV-002",
                        concat(name, " failed too often: its breaker is ", relay::chain::name_of(provider.breaker)),
                        "show message of a failed one tells why; mended: provider reset-breaker " + name});
    } else if (!provider.why_not.empty()) {
      const bool modem = is_modem(provider.kind);
      alarms.push_back({false, modem ? "E-MODEM-001" : "E-PROV-001", concat(name, ": ", provider.why_not),
                        modem ? "show modem, show sim, show signal" : "show network, selftest"});
    }
  }
}

void look_at_bridge(const HealthReport& report, std::vector<Alarm>& alarms) {
  const bool uplink_down = report.uplink_simulated_down || (report.uplink_watched && !report.uplink_up);
  if (!report.bridge || uplink_down || report.bridge->down_for < bridge_patience) return;
  const std::string& why = report.bridge->trouble;
  alarms.push_back(
      {false, "E-LINK-002",
       concat("the bridge is not reached: receipts and received messages do not come", why.empty() ? "" : "; ", why),
       "show network, show log; an enrolment code is in [bridge] of the settings"});
}

}  // namespace

std::vector<Alarm> alarms_of(const HealthReport& report) {
  std::vector<Alarm> alarms;
  if (!report.storing) {
    alarms.push_back({true, "E-STORE-001", "the box cannot store messages", "show storage, show log"});
  }
  if (std::ranges::none_of(report.providers, [](const auto& provider) { return provider.usable; })) {
    alarms.push_back({true, "E-PATH-001", "no way out is left: messages wait", "show providers, show modem"});
  }
  if (report.queue_paused) {
    alarms.push_back({true, "E-QUEUE-001", "sending is paused until " + relay::format_rfc3339(*report.queue_paused),
                      "queue resume"});
  }
  if (report.uplink_simulated_down) {
    alarms.push_back(
        {false, "E-LINK-001",
         "the uplink is held down by failover simulate until " + relay::format_rfc3339(*report.uplink_simulated_down),
         "failover end"});
  } else if (report.uplink_watched && !report.uplink_up) {
    alarms.push_back({false, "E-LINK-001", "the internet uplink is down", "show network"});
  }
  look_at_bridge(report, alarms);
  look_at_providers(report, alarms);
  for (const auto& modem : report.modems) {
    if (modem.alarm.empty()) continue;
    alarms.push_back({false, "E-MODEM-002", concat(modem.name, ": ", modem.alarm_sentence), "show modem, show log"});
  }
  if (!report.damaged_outbox.empty()) {
    alarms.push_back({false, "E-STORE-003",
                      "the outbox was damaged: what could be read was kept, the file is now " + report.damaged_outbox,
                      "show log; replace the storage; keep the file for whoever looks into it"});
  }
  if (report.free_disk_bytes && *report.free_disk_bytes < little_space) {
    alarms.push_back({false, "E-STORE-002",
                      concat("only ", *report.free_disk_bytes >> 20U, " MiB are free on the disk"), "show storage"});
  }
  for (const auto& alarm : firmware::alarms_of(report.hardware))
    alarms.push_back({alarm.grave, alarm.code, alarm.text, alarm.remedy});
  std::vector<Alarm> sorted;
  for (const bool grave : {true, false})
    std::ranges::copy_if(alarms, std::back_inserter(sorted), [&](const Alarm& alarm) { return alarm.grave == grave; });
  return sorted;
}

std::string_view verdict(const std::vector<Alarm>& alarms) {
  if (alarms.empty()) return "pass";
  return alarms.front().grave ? "fail" : "warn";
}

}  // namespace firmware::api
