#include <utility>

#include "firmware/appliance.hpp"

namespace firmware {
namespace {

using relay::Result;
using relay::Task;

constexpr relay::Millis dispatcher_patience{60'000};
constexpr relay::Millis house_patience{5 * 60'000};
/// A start with a busy SIM, a long message in a bad network, a power cycle: each takes minutes.
constexpr relay::Millis modem_patience{15 * 60'000};
constexpr std::string_view vital_question = "watchdog";  // a fact that nobody writes

}  // namespace

/// What must turn for messages to go. The patience with each is a multiple of its longest ordinary pause.
void Appliance::watch_vitals() {
  vitals_.watch("the dispatcher", [this] { return dispatcher_->progress(); }, dispatcher_patience);
  vitals_.watch("the store", [this] { return house_turns_; }, house_patience);
  for (const auto* modem : providers_.modems)
    vitals_.watch(modem->traits().name, [modem] { return modem->turns(); }, modem_patience);
}

/// By a question to the store, which waits behind whatever the store does: one that hangs is not proof. One that fails
/// is no reason to start again (E-STORE-001 tells), and the watchdog could not mend it.
Task<Result<void>> Appliance::prove_alive() {
  const auto answered = co_await outbox_->recall(std::string{vital_question});
  if (!answered) runtime_.log.debug("store_answers_with_an_error", {{"reason", answered.error().message}});
  co_return vitals_.look();
}

api::HealthReport Appliance::health() const {
  api::HealthReport report;
  report.storing = stores_;
  if (const auto& salvaged = outbox_->salvaged()) report.damaged_outbox = salvaged->set_aside;
  report.uplink_up = uplink_->up();
  report.uplink_watched = uplink_->watched();
  const auto on_the_wall = [this](const std::optional<relay::SteadyTime>& until) -> std::optional<relay::WallTime> {
    if (!until) return std::nullopt;
    return runtime_.clock.wall() + (*until - runtime_.clock.steady());
  };
  report.uplink_simulated_down = on_the_wall(uplink_->simulated_until());
  report.queue_paused = on_the_wall(maintenance_.paused_until());
  report.providers = dispatcher_->figures();
  report.free_disk_bytes = outbox_->free_bytes();
  report.hardware = hardware_.health();
  report.hardware.has_button = button_.has_value();
  if (button_held_at_) report.hardware.button_held_ago = runtime_.clock.steady() - *button_held_at_;
  report.uptime = runtime_.clock.steady() - started_at_;
  if (board_) report.board = board_->title;
  if (tls_ != nullptr) report.certificate_sha256 = tls_->fingerprint();
  if (const auto& link = bridge_link_->status(); link.state != uplink::BridgeLink::State::off) {
    const auto now = runtime_.clock.steady();
    report.bridge = {.state = std::string{name_of(link.state)},
                     .box = link.box,
                     .trouble = link.trouble,
                     .down_for = link.down_since ? now - *link.down_since : relay::Millis{0},
                     .heard_at = link.heard_at};
  }
  for (const auto* modem : providers_.modems) {
    const auto status = modem->status();
    const auto why_not = modem->not_ready();
    report.modems.push_back({.name = modem->traits().name,
                             .ready = !why_not,
                             .state = why_not.value_or("ready"),
                             .operator_name = status.operator_code,
                             .registration = status.registered() ? "registered" : "not registered",
                             .signal_dbm = status.signal_dbm,
                             .recoveries = static_cast<std::uint64_t>(status.recoveries),
                             .alarm = status.alarm,
                             .alarm_sentence = status.alarm_sentence,
                             .alarm_since = status.alarm_since});
  }
  return report;
}

}  // namespace firmware
