#include "firmware/console/condition.hpp"

#include <algorithm>
#include <iterator>

#include "firmware/console/layout.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;

constexpr relay::Millis patience{2'000};
constexpr std::int64_t little_space = 64LL << 20U;

bool is_modem(const ordered_json& provider) { return text_of(provider, "kind") == "modem"; }

void look_at_providers(const ordered_json& health, std::vector<Alarm>& alarms) {
  for (const auto& provider : health.value("sms_providers", ordered_json::array())) {
    const std::string name = text_of(provider, "name");
    const std::string reason = text_of(provider, "reason");
    const std::string breaker = text_of(provider, "circuit_breaker");
    if (provider.value("disabled", false)) {
      alarms.push_back({false, "E-PROV-003", name + " is switched off by hand", "provider enable " + name});
    } else if (breaker != "closed") {
      alarms.push_back({false, "E-PROV-002", concat(name, " failed too often: its breaker is ", breaker),
                        "show message of a failed one tells why; mended: provider reset-breaker " + name});
    } else if (!reason.empty()) {
      alarms.push_back({false, is_modem(provider) ? "E-MODEM-001" : "E-PROV-001", name + ": " + reason,
                        is_modem(provider) ? "show modem, show sim, show signal" : "show network, selftest"});
    }
  }
}

}  // namespace

std::vector<Alarm> alarms_of(const ordered_json& health) {
  std::vector<Alarm> alarms;
  if (!health.value("storing", true)) {
    alarms.push_back({true, "E-STORE-001", "the box cannot store messages", "show storage, show log"});
  }
  const auto providers = health.value("sms_providers", ordered_json::array());
  const bool any_way =
      std::ranges::any_of(providers, [](const auto& provider) { return text_of(provider, "reason").empty(); });
  if (!any_way)
    alarms.push_back({true, "E-PATH-001", "no way out is left: messages wait", "show providers, show modem"});
  if (health.contains("queue_paused")) {
    alarms.push_back(
        {true, "E-QUEUE-001", "sending is paused until " + text_of(health, "queue_paused"), "queue resume"});
  }
  if (text_of(health, "uplink") == "down") {
    const bool simulated = health.contains("uplink_simulated_down");
    alarms.push_back(
        {false, "E-LINK-001",
         simulated ? "the uplink is held down by failover simulate until " + text_of(health, "uplink_simulated_down")
                   : "the internet uplink is down",
         simulated ? "failover end" : "show network"});
  }
  look_at_providers(health, alarms);
  if (health.contains("free_disk_bytes") && health["free_disk_bytes"].is_number() &&
      health["free_disk_bytes"].get<std::int64_t>() < little_space) {
    alarms.push_back({false, "E-STORE-002",
                      "only " + bytes_text(health["free_disk_bytes"].get<std::int64_t>()) + " are free on the disk",
                      "show storage"});
  }
  std::vector<Alarm> sorted;  // what is grave first
  for (const bool grave : {true, false})
    std::ranges::copy_if(alarms, std::back_inserter(sorted), [&](const Alarm& alarm) { return alarm.grave == grave; });
  return sorted;
}

relay::Task<Condition> look_at(AdminClient& daemon) {
  Condition condition;
  auto health = co_await daemon.call("GET", "/v1/health", nullptr, patience);
  if (!health) {
    condition.alarms.push_back({true, "E-DAEMON-001", "edge-relayd does not answer", "show status, show log, restart"});
    condition.line = "DEAD: edge-relayd does not answer";
    co_return condition;
  }
  condition.health = std::move(*health);
  condition.alarms = alarms_of(condition.health);
  const bool grave = !condition.alarms.empty() && condition.alarms.front().grave;
  condition.word = condition.alarms.empty() ? "OK" : grave ? "FAIL" : "DEG";
  condition.line = condition.alarms.empty() ? "OK" : (grave ? "FAIL: " : "DEGRADED: ") + condition.alarms.front().text;
  if (condition.alarms.size() > 1) condition.line += concat(" (and ", condition.alarms.size() - 1, " more)");
  co_return condition;
}

}  // namespace firmware::console
