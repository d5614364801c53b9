#include "firmware/api/health.hpp"

#include <array>

#include <nlohmann/json.hpp>

#include "firmware/api/alarms.hpp"
#include "firmware/api/hardware_report.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::api {
namespace {

using nlohmann::ordered_json;

std::string priority_name(std::size_t position) {
  static constexpr std::array<const char*, 5> names{"PRIMARY", "SECONDARY", "TERTIARY", "QUATERNARY", "QUINARY"};
  return position < names.size() ? names[position] : "PRIORITY_" + std::to_string(position + 1);
}

std::string dump(const ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

ordered_json providers_json(const HealthReport& report) {
  ordered_json list = ordered_json::array();
  for (std::size_t i = 0; i < report.providers.size(); ++i) {
    const auto& provider = report.providers[i];
    ordered_json one;
    one["name"] = provider.name;
    one["kind"] = provider.kind;
    one["priority"] = priority_name(i);
    one["circuit_breaker"] = relay::chain::name_of(provider.breaker);
    one["is_healthy"] = provider.usable && provider.breaker == relay::chain::BreakerState::closed;
    one["failure_count"] = provider.failure_count;
    if (!provider.why_not.empty()) one["reason"] = provider.why_not;
    if (!provider.enabled) one["disabled"] = true;
    one["in_flight"] = provider.in_flight;
    if (provider.last_success) one["last_success"] = relay::format_rfc3339(*provider.last_success);
    list.push_back(std::move(one));
  }
  return list;
}

ordered_json modems_json(const HealthReport& report) {
  ordered_json list = ordered_json::array();
  for (const auto& modem : report.modems) {
    ordered_json one;
    one["name"] = modem.name;
    one["ready"] = modem.ready;
    one["state"] = modem.state;
    if (!modem.operator_name.empty()) one["operator"] = modem.operator_name;
    if (!modem.registration.empty()) one["registration"] = modem.registration;
    if (modem.signal_dbm) one["signal_dbm"] = *modem.signal_dbm;
    one["recoveries"] = modem.recoveries;
    if (!modem.alarm.empty()) {
      one["alarm"] = {{"kind", modem.alarm}, {"what", modem.alarm_sentence}};
      if (modem.alarm_since) one["alarm"]["since"] = relay::format_rfc3339(*modem.alarm_since);
    }
    list.push_back(std::move(one));
  }
  return list;
}

ordered_json queue_json(const relay::outbox::Counters& counters) {
  static constexpr std::array<const char*, 3> states{"queued", "sending", "sent"};
  ordered_json queue;
  for (std::size_t state = 0; state < states.size(); ++state) {
    ordered_json by_class;
    for (const auto message_class : relay::all_message_classes) {
      by_class[std::string{relay::name_of(message_class)}] =
          counters.live[state][static_cast<std::size_t>(message_class)];
    }
    queue[states[state]] = std::move(by_class);
  }
  return queue;
}

std::string uplink_word(const HealthReport& report) {
  if (report.uplink_simulated_down) return "down";
  if (!report.uplink_watched) return "unwatched";
  return report.uplink_up ? "up" : "down";
}

ordered_json bridge_json(const BridgeHealth& bridge) {
  ordered_json out;
  out["state"] = bridge.state;
  if (!bridge.box.empty()) out["box"] = bridge.box;
  if (!bridge.trouble.empty()) out["reason"] = bridge.trouble;
  if (bridge.heard_at) out["heard_at"] = relay::format_rfc3339(*bridge.heard_at);
  return out;
}

ordered_json alarms_json(const std::vector<Alarm>& alarms) {
  ordered_json list = ordered_json::array();
  for (const auto& alarm : alarms)
    list.push_back({{"code", alarm.code}, {"text", alarm.text}, {"remedy", alarm.remedy}, {"grave", alarm.grave}});
  return list;
}

}  // namespace

std::string render_messaging_health(const HealthReport& report, const std::vector<Alarm>& alarms) {
  ordered_json out;
  out["status"] = verdict(alarms);
  out["sms_providers"] = providers_json(report);
  out["uplink"] = uplink_word(report);
  return dump(out);
}

std::string render_health(const HealthReport& report, const std::vector<Alarm>& alarms,
                          const relay::outbox::Counters& counters) {
  ordered_json out;
  out["status"] = verdict(alarms);
  out["alarms"] = alarms_json(alarms);
  out["version"] = EDGE_RELAY_VERSION;
  if (!report.board.empty()) out["board"] = report.board;
  out["uptime_seconds"] = report.uptime.count() / 1000;
  out["storing"] = report.storing;
  if (report.free_disk_bytes) out["free_disk_bytes"] = *report.free_disk_bytes;
  out["hardware"] = hardware_json(report.hardware);
  if (!report.certificate_sha256.empty()) out["certificate_sha256"] = report.certificate_sha256;
  out["uplink"] = uplink_word(report);
  if (report.uplink_simulated_down) out["uplink_simulated_down"] = relay::format_rfc3339(*report.uplink_simulated_down);
  if (report.bridge) out["bridge"] = bridge_json(*report.bridge);
  if (report.queue_paused) out["queue_paused"] = relay::format_rfc3339(*report.queue_paused);
  out["sms_providers"] = providers_json(report);
  out["modems"] = modems_json(report);
  out["queue"] = queue_json(counters);
  return dump(out);
}

}  // namespace firmware::api
