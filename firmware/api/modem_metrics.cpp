#include "firmware/api/modem_metrics.hpp"

#include <utility>
#include <vector>

#include "firmware/api/metric_text.hpp"

namespace firmware::api {
namespace {

struct Row {
  std::string name;
  bool ready = false;
  modem::ModemStatus status;
};
using Rows = std::vector<Row>;

void render_state(std::string& out, const Rows& rows) {
  head(out, "relay_modem_registered", "gauge", "1 when the modem is ready to send.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_registered", {{"modem", name}}, ready ? 1 : 0);
  head(out, "relay_modem_phase", "gauge", "1 for the phase that the modem is in.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_phase", {{"modem", name}, {"phase", name_of(status.phase)}}, 1);
  head(out, "relay_modem_signal_dbm", "gauge", "Received signal strength.");
  for (const auto& [name, ready, status] : rows) {
    if (status.signal_dbm) sample(out, "relay_modem_signal_dbm", {{"modem", name}}, *status.signal_dbm);
  }
  head(out, "relay_modem_rsrp_dbm", "gauge", "LTE reference signal received power.");
  for (const auto& [name, ready, status] : rows) {
    if (status.rsrp_dbm) sample(out, "relay_modem_rsrp_dbm", {{"modem", name}}, *status.rsrp_dbm);
  }
  head(out, "relay_modem_sinr_db", "gauge", "LTE signal to interference and noise.");
  for (const auto& [name, ready, status] : rows) {
    if (status.sinr_db) sample(out, "relay_modem_sinr_db", {{"modem", name}}, *status.sinr_db);
  }
  head(out, "relay_modem_stored_messages", "gauge", "Received messages in the modem's own store.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_stored_messages", {{"modem", name}}, status.stored_messages);
  head(out, "relay_modem_store_places", "gauge", "How many it holds; when it is full, nothing is received.");
  for (const auto& [name, ready, status] : rows) {
    if (status.storage_size > 0) sample(out, "relay_modem_store_places", {{"modem", name}}, status.storage_size);
  }
  head(out, "relay_modem_last_proof_timestamp_seconds", "gauge", "When the service centre last took a message.");
  for (const auto& [name, ready, status] : rows) {
    if (!status.last_sent_at) continue;
    sample(out, "relay_modem_last_proof_timestamp_seconds", {{"modem", name}},
           static_cast<double>(relay::to_ms(*status.last_sent_at)) / 1000.0);
  }
}

void render_sim(std::string& out, const Rows& rows) {
  head(out, "relay_modem_sim_parts", "gauge", "Message parts that the SIM has sent in this hour, day, month (UTC).");
  for (const auto& [name, ready, status] : rows) {
    for (const auto& use : status.sim_use)
      sample(out, "relay_modem_sim_parts", {{"modem", name}, {"period", use.period}}, use.parts);
  }
  head(out, "relay_modem_sim_limit_parts", "gauge", "How many it may.");
  for (const auto& [name, ready, status] : rows) {
    for (const auto& use : status.sim_use) {
      if (use.limit > 0)
        sample(out, "relay_modem_sim_limit_parts", {{"modem", name}, {"period", use.period}}, use.limit);
    }
  }
  head(out, "relay_modem_balance", "gauge", "The SIM's balance, as the operator last said.");
  for (const auto& [name, ready, status] : rows) {
    if (status.balance) sample(out, "relay_modem_balance", {{"modem", name}}, *status.balance);
  }
  head(out, "relay_modem_busy_seconds_total", "counter", "Time with a message at the modem.");
  for (const auto& [name, ready, status] : rows) {
    sample(out, "relay_modem_busy_seconds_total", {{"modem", name}}, static_cast<double>(status.busy.count()) / 1000.0);
  }
  head(out, "relay_modem_waiting_messages", "gauge", "Messages at the modem and in line in front of it.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_waiting_messages", {{"modem", name}}, status.waiting);
}

void render_messages(std::string& out, const Rows& rows) {
  head(out, "relay_modem_messages_total", "counter",
       "Messages: sent, refused, unknown (submitted, no answer), settled (of those, learned later), received.");
  for (const auto& [name, ready, status] : rows) {
    const std::initializer_list<std::pair<std::string_view, std::int64_t>> counts{
        {"sent", status.messages_sent},
        {"refused", status.messages_refused},
        {"unknown", status.messages_unknown},
        {"settled", status.messages_settled},
        {"received", status.messages_received}};
    for (const auto& [what, count] : counts) {
      sample(out, "relay_modem_messages_total", {{"modem", name}, {"what", what}}, static_cast<double>(count));
    }
  }
  head(out, "relay_modem_reports_total", "counter", "Delivery reports received.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_reports_total", {{"modem", name}}, static_cast<double>(status.reports_received));
  head(out, "relay_modem_canaries_total", "counter", "Self-tests sent, by result.");
  for (const auto& [name, ready, status] : rows) {
    sample(out, "relay_modem_canaries_total", {{"modem", name}, {"result", "sent"}},
           static_cast<double>(status.canaries_sent));
    sample(out, "relay_modem_canaries_total", {{"modem", name}, {"result", "failed"}},
           static_cast<double>(status.canaries_failed));
  }
}

void render_trouble(std::string& out, const Rows& rows) {
  head(out, "relay_modem_alarm", "gauge", "1 for the alarm that is raised.");
  for (const auto& [name, ready, status] : rows) {
    if (!status.alarm.empty()) sample(out, "relay_modem_alarm", {{"modem", name}, {"kind", status.alarm}}, 1);
  }
  head(out, "relay_modem_alarms_total", "counter", "Alarms raised, by kind.");
  for (const auto& [name, ready, status] : rows) {
    for (const auto& [kind, count] : status.alarms_raised)
      sample(out, "relay_modem_alarms_total", {{"modem", name}, {"kind", kind}}, static_cast<double>(count));
  }
  head(out, "relay_modem_failures_in_a_row", "gauge",
       "Sends that failed by the path's own fault since the last good one.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_failures_in_a_row", {{"modem", name}}, status.failures_in_a_row);
  head(out, "relay_modem_recovery_total", "counter", "Recoveries of the modem, by rung of the ladder.");
  for (const auto& [name, ready, status] : rows) {
    for (std::size_t rung = 0; rung < modem::rung_count; ++rung) {
      sample(out, "relay_modem_recovery_total", {{"modem", name}, {"rung", name_of(static_cast<modem::Rung>(rung))}},
             static_cast<double>(status.rungs[rung]));
    }
  }
  head(out, "relay_modem_gave_up_total", "counter", "How often the ladder came to its end.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_gave_up_total", {{"modem", name}}, static_cast<double>(status.gave_up));
  head(out, "relay_modem_restarts_total", "counter", "Restarts of the modem that were noticed.");
  for (const auto& [name, ready, status] : rows)
    sample(out, "relay_modem_restarts_total", {{"modem", name}}, static_cast<double>(status.restarts));
}

}  // namespace

std::string render_modem_metrics(std::span<modem::ModemProvider* const> modems) {
  if (modems.empty()) return {};
  Rows rows;
  for (const auto* modem : modems) rows.push_back({modem->traits().name, !modem->not_ready(), modem->status()});
  std::string out;
  render_state(out, rows);
  render_sim(out, rows);
  render_messages(out, rows);
  render_trouble(out, rows);
  return out;
}

}  // namespace firmware::api
