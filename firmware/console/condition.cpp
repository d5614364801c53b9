#include "firmware/console/condition.hpp"

#include "firmware/console/layout.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;

constexpr relay::Millis patience{2'000};

}  // namespace

std::vector<Alarm> alarms_of(const ordered_json& health) {
  std::vector<Alarm> alarms;
  for (const auto& alarm : health.value("alarms", ordered_json::array())) {
    alarms.push_back(
        {alarm.value("grave", false), text_of(alarm, "code"), text_of(alarm, "text"), text_of(alarm, "remedy")});
  }
  return alarms;
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
