#include "firmware/modem/explain.hpp"

#include <array>

#include "firmware/modem/at/answers.hpp"
#include "relay/base/concat.hpp"

namespace modem {
namespace {

using Kind = ObstacleKind;
using relay::concat;

std::string seconds_between(relay::SteadyTime from, relay::SteadyTime to) {
  return std::to_string((to - from) / relay::Millis{1000}) + " s";
}

/// What passes by itself as a rule is an alarm only when it does not ("told within 3 minutes", delivery.md).
bool is_lasting(relay::SteadyTime since, relay::SteadyTime now) { return now - since >= relay::Millis{180'000}; }

std::optional<Obstacle> line_obstacle(const ModemStatus& status, relay::SteadyTime now) {
  const std::string since = " since " + seconds_between(status.phase_since, now);
  const bool given_up = status.gave_up_until && now < *status.gave_up_until;
  if (given_up && status.phase != Phase::in_service && status.phase != Phase::blocked) {
    return Obstacle{Kind::given_up,
                    concat("the modem does not work and nothing helped (", status.detail, "); no reset for another ",
                           seconds_between(now, *status.gave_up_until), ": look at its supply, cable and antenna"),
                    true, true};
  }
  switch (status.phase) {
    case Phase::no_port:
      return Obstacle{Kind::port_missing, concat("no modem at ", status.device, since, " (", status.detail, ")"), true,
                      is_lasting(status.phase_since, now)};
    case Phase::starting:
      return Obstacle{Kind::starting, concat("the modem is starting", since), true};
    case Phase::recovering:
      return Obstacle{Kind::not_answering, concat("the modem is being recovered", since, " (", status.detail, ")"),
                      true, is_lasting(status.phase_since, now)};
    case Phase::blocked:
    case Phase::in_service:
      break;
  }
  return std::nullopt;
}

std::optional<Obstacle> sim_obstacle(const ModemStatus& status) {
  switch (status.sim) {
    case SimState::absent:
      return Obstacle{Kind::sim_absent, "no SIM: put one in", true, true};
    case SimState::failed:
      return Obstacle{Kind::sim_failed, concat("the SIM does not work (", status.sim_detail, "): put in another one"),
                      true, true};
    case SimState::pin_not_set:
      return Obstacle{Kind::pin_needed, "SIM PIN needed: set pin", true, true};
    case SimState::pin_kept:
      return Obstacle{Kind::pin_needed,
                      concat("SIM PIN needed, and the set one is not tried: ", status.sim_detail,
                             "; correct pin, or unlock the SIM in a phone"),
                      true, true};
    case SimState::pin_refused:
      return Obstacle{Kind::pin_refused, concat("the SIM refused the PIN (", status.sim_detail, "): correct pin"), true,
                      true};
    case SimState::puk_needed:
      return Obstacle{Kind::puk_needed, "SIM PUK needed: enter it by hand, in a phone", true, true};
    case SimState::locked:
      return Obstacle{Kind::sim_locked,
                      concat(status.sim_detail,
                             " needed: the modem is locked to another SIM or network; unlock it by "
                             "hand"),
                      true, true};
    case SimState::unknown:
    case SimState::ready:
      break;
  }
  if (status.phase == Phase::blocked) return Obstacle{Kind::sim_failed, status.detail, true, true};
  return std::nullopt;
}

Obstacle not_registered(const ModemStatus& status, relay::SteadyTime now) {
  constexpr int unknown = 4;
  constexpr int denied = 3;
  const auto& [circuit, packet, lte] = status.registration;
  const int state = circuit != unknown ? circuit : lte != unknown ? lte : packet;
  if (at::is_registered(packet) && circuit == denied) {
    return {Kind::packet_only,
            "registered for packet data only, and denied for SMS: ask the operator for SMS on this SIM", true, true};
  }
  if (circuit == denied || lte == denied) {
    return {Kind::registration_denied,
            "not registered (denied by the network): ask the operator whether this SIM and this modem are allowed",
            true, true};
  }
  return {Kind::not_registered, concat("not registered (", at::describe_registration(state), ")"), true,
          status.unregistered_since && is_lasting(*status.unregistered_since, now)};
}

std::optional<Obstacle> network_obstacle(const ModemStatus& status, relay::SteadyTime now) {
  if (!status.registered()) return not_registered(status, now);
  if (status.roaming() && !status.roaming_allowed) {
    return Obstacle{Kind::roaming_refused, "registered in a foreign network only: set allow_roaming to send there",
                    true, true};
  }
  if (status.service_centre_missing) {
    return Obstacle{Kind::service_centre_missing, "the SIM has no service centre number: set service_centre", true,
                    true};
  }
  return std::nullopt;
}

/// The circuit side does not have this SIM, only LTE has: SMS then needs the network's SGs or IMS.
bool lte_only(const ModemStatus& status) {
  return !at::is_registered(status.registration[0]) && at::is_registered(status.registration[2]);
}

/// By what the operator said last (facts/modem.md 6).
std::optional<Obstacle> run_of_failures(const ModemStatus& status, relay::SteadyTime now) {
  if (!status.down_until || now >= *status.down_until) return std::nullopt;
  const std::string run = concat(status.failures_in_a_row, " sends in a row failed (", status.last_failure, ")");
  if (status.account_failures) {
    const int code = status.last_failure_code;
    if (code == 8 || code == 10) {
      return Obstacle{Kind::barred, concat(run, ": sending is barred; ask the operator to allow it for this SIM"), true,
                      true};
    }
    return Obstacle{Kind::no_credit, concat(run, ": look for credit, a block or a missing subscription of this SIM"),
                    true, true};
  }
  return Obstacle{Kind::not_sending,
                  concat("registered, but ", run,
                         lte_only(status) ? ": this SIM or modem may have no SMS in LTE; try another radio or operator "
                                            "profile"
                                          : ": nothing helped; look at credit, antenna and the operator's state"),
                  true, true};
}

}  // namespace

std::string_view name_of(ObstacleKind kind) {
  constexpr std::array<std::string_view, 21> names{"port_missing", "starting",        "not_answering",
                                                   "given_up",     "sim_absent",      "sim_failed",
                                                   "pin_needed",   "pin_refused",     "puk_needed",
                                                   "sim_locked",   "not_registered",  "registration_denied",
                                                   "packet_only",  "roaming_refused", "service_centre_missing",
                                                   "no_credit",    "barred",          "not_sending",
                                                   "store_full",   "sim_limit",       "balance_low"};
  return names[static_cast<std::size_t>(kind)];
}

std::optional<Obstacle> explain(const ModemStatus& status, relay::SteadyTime now) {
  if (auto obstacle = line_obstacle(status, now)) return obstacle;
  if (auto obstacle = sim_obstacle(status)) return obstacle;
  if (auto obstacle = network_obstacle(status, now)) return obstacle;
  if (auto obstacle = run_of_failures(status, now)) return obstacle;
  if (status.limit_reached && now < status.limit_reached->second) {
    const auto& [use, until] = *status.limit_reached;
    return Obstacle{Kind::sim_limit,
                    concat("the SIM has sent the ", use.limit, " message parts that it may in this ", use.period,
                           "; the next one goes in ", seconds_between(now, until), ", or raise parts_per_", use.period),
                    true, true};
  }
  if (status.balance && *status.balance < status.balance_alarm_below) {
    return Obstacle{Kind::balance_low, "the SIM's balance is low: top it up, before it sends nothing more", false,
                    true};
  }
  if (status.store_nearly_full()) {
    return Obstacle{Kind::store_full,
                    concat("the modem's message store holds ", status.stored_messages, " of ", status.storage_size,
                           ": when it is full, nothing is received"),
                    false, true};
  }
  return std::nullopt;
}

}  // namespace modem
