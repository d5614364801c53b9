#include "firmware/api/modem_json.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "firmware/modem/at/answers.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::api {
namespace {

using modem::ModemStatus;
using nlohmann::ordered_json;

ordered_json text_or_null(const std::string& text) { return text.empty() ? ordered_json(nullptr) : ordered_json(text); }

template <class T>
ordered_json value_or_null(const std::optional<T>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

ordered_json time_or_null(const std::optional<relay::WallTime>& time) {
  return time ? ordered_json(relay::format_rfc3339(*time)) : ordered_json(nullptr);
}

/// How long a thing that ends at `until` still lasts, in whole seconds; null: it does not.
ordered_json seconds_left(const std::optional<relay::SteadyTime>& until, relay::SteadyTime now) {
  if (!until || *until <= now) return nullptr;
  return (*until - now) / relay::Millis{1000};
}

/// Of an identity: whole for the admin, "…1234" for applications.
ordered_json identity(const std::string& digits, Viewer viewer) {
  if (digits.empty()) return nullptr;
  if (viewer == Viewer::admin) return digits;
  return "\u2026" + digits.substr(digits.size() - std::min<std::size_t>(4, digits.size()));
}

ordered_json device_json(const ModemStatus& status, Viewer viewer) {
  ordered_json out;
  out["port"] = status.device;
  out["profile"] = text_or_null(status.profile);
  out["manufacturer"] = text_or_null(status.manufacturer);
  out["model"] = text_or_null(status.model);
  out["firmware"] = text_or_null(status.revision);
  out["imei"] = identity(status.imei, viewer);
  return out;
}

ordered_json sim_json(const ModemStatus& status, Viewer viewer, const relay::Timeline& timeline) {
  ordered_json out;
  out["state"] = name_of(status.sim);
  out["detail"] = text_or_null(status.sim_detail);
  out["iccid"] = identity(status.iccid, viewer);
  out["imsi"] = identity(status.imsi, viewer);
  out["number"] = identity(status.own_number, viewer);
  out["service_centre"] = text_or_null(status.service_centre);
  out["use"] = ordered_json::array();
  for (const auto& use : status.sim_use) {
    ordered_json one;
    one["period"] = use.period;
    one["parts"] = use.parts;
    one["limit"] = use.limit > 0 ? ordered_json(use.limit) : ordered_json(nullptr);
    one["resets_at"] = relay::format_rfc3339(timeline.to_wall(use.ends));
    out["use"].push_back(std::move(one));
  }
  out["balance"] = value_or_null(status.balance);
  out["balance_at"] = time_or_null(status.balance_at);
  out["balance_trouble"] = text_or_null(status.balance_trouble);
  return out;
}

ordered_json network_json(const ModemStatus& status) {
  ordered_json out;
  out["operator"] = text_or_null(status.operator_code);
  out["registered"] = status.registered();
  out["roaming"] = status.roaming();
  out["circuit"] = at::describe_registration(status.registration[0]);
  out["packet"] = at::describe_registration(status.registration[1]);
  out["lte"] = at::describe_registration(status.registration[2]);
  out["signal_dbm"] = value_or_null(status.signal_dbm);
  out["rsrp_dbm"] = value_or_null(status.rsrp_dbm);
  out["rsrq_db"] = value_or_null(status.rsrq_db);
  out["sinr_db"] = value_or_null(status.sinr_db);
  return out;
}

ordered_json sending_json(const ModemStatus& status, relay::SteadyTime now) {
  ordered_json out;
  out["last_proof_at"] = time_or_null(status.last_sent_at);
  out["waiting"] = status.waiting;
  out["busy_share"] = std::round(status.busy_share * 1000) / 1000;
  out["sent"] = status.messages_sent;
  out["refused"] = status.messages_refused;
  out["unknown"] = status.messages_unknown;
  out["settled"] = status.messages_settled;
  out["canaries_sent"] = status.canaries_sent;
  out["canaries_failed"] = status.canaries_failed;
  out["failures_in_a_row"] = status.failures_in_a_row;
  out["last_failure"] = status.failures_in_a_row > 0 ? text_or_null(status.last_failure) : ordered_json(nullptr);
  out["down_for_seconds"] = seconds_left(status.down_until, now);
  return out;
}

ordered_json recovery_json(const ModemStatus& status, relay::SteadyTime now) {
  ordered_json out;
  for (std::size_t rung = 0; rung < modem::rung_count; ++rung)
    out["rungs"][std::string{name_of(static_cast<modem::Rung>(rung))}] = status.rungs[rung];
  out["gave_up"] = status.gave_up;
  out["resting_seconds"] = seconds_left(status.gave_up_until, now);
  out["restarts_noticed"] = status.restarts;
  return out;
}

}  // namespace

ordered_json modem_json(const modem::ModemProvider& modem, Viewer viewer, const relay::Clock& clock,
                        const relay::Timeline& timeline) {
  const ModemStatus status = modem.status();
  const relay::SteadyTime now = clock.steady();
  const auto obstacle = modem.obstacle();
  ordered_json out;
  out["name"] = modem.traits().name;
  out["ready"] = !modem.not_ready();
  out["phase"] = name_of(status.phase);
  out["explanation"] = obstacle ? ordered_json(obstacle->sentence) : ordered_json(nullptr);
  out["obstacle"] = obstacle ? ordered_json(name_of(obstacle->kind)) : ordered_json(nullptr);
  out["alarm"] = nullptr;
  if (!status.alarm.empty()) {
    out["alarm"] = {{"kind", status.alarm}, {"what", status.alarm_sentence}};
    out["alarm"]["since"] = time_or_null(status.alarm_since);
  }
  out["device"] = device_json(status, viewer);
  out["sim"] = sim_json(status, viewer, timeline);
  out["network"] = network_json(status);
  out["sending"] = sending_json(status, now);
  out["receiving"] = {{"received", status.messages_received},
                      {"reports", status.reports_received},
                      {"stored", status.stored_messages},
                      {"places", status.storage_size}};
  out["recovery"] = recovery_json(status, now);
  if (viewer == Viewer::admin && status.network_said) {
    out["network_said"] = {{"text", status.network_said->first},
                           {"at", relay::format_rfc3339(status.network_said->second)}};
  }
  return out;
}

}  // namespace firmware::api
