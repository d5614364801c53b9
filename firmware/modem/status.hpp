#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "firmware/modem/profiles/profile.hpp"
#include "firmware/modem/sim_budget.hpp"
#include "relay/base/time.hpp"

namespace modem {

enum class Phase : std::uint8_t {
  no_port,     ///< The device is not there, or cannot be opened.
  starting,    ///< Start sequence under way.
  blocked,     ///< It answers, but a person is needed: PIN, PUK, SIM.
  in_service,  ///< It takes messages, if it is registered.
  recovering,  ///< It does not work.
};
[[nodiscard]] std::string_view name_of(Phase phase);

enum class SimState : std::uint8_t {
  unknown,
  ready,
  absent,
  failed,       ///< Does not work, or is not a SIM.
  pin_not_set,  ///< Wants a PIN, and none is configured.
  pin_kept,     ///< Wants a PIN, and the configured one must not be tried (too few tries left, or refused before).
  pin_refused,  ///< The configured PIN was tried, and is wrong.
  puk_needed,
  locked,  ///< Personalisation: to another SIM, network or provider.
};
[[nodiscard]] std::string_view name_of(SimState state);

/// How a modem does: for health, metrics and the console. A snapshot.
struct ModemStatus {
  Phase phase = Phase::no_port;
  std::string device;
  std::string detail;  ///< Why it is not in service; a clause for a person, no full stop.
  relay::SteadyTime phase_since{};

  std::string profile;  ///< Name of the one in use; empty before the first answer.
  std::string manufacturer;
  std::string model;
  std::string revision;
  std::string imei;

  SimState sim = SimState::unknown;
  std::string sim_detail;  ///< Why, in words of the modem.
  std::string iccid;
  std::string imsi;
  std::string own_number;  ///< As the SIM holds it; often nothing.

  std::string service_centre;
  bool service_centre_missing = false;       ///< The SIM has none, and none is configured.
  std::string operator_code;                 ///< "24405"
  std::array<int, 3> registration{4, 4, 4};  ///< <stat> of +CREG, +CGREG, +CEREG; 4: unknown
  std::optional<relay::SteadyTime> unregistered_since;
  bool roaming_allowed = true;
  std::optional<int> signal_dbm;
  std::optional<int> rsrp_dbm;  ///< LTE, from here on; by +CESQ or the vendor's own command.
  std::optional<int> rsrq_db;
  std::optional<int> sinr_db;
  std::array<SimBudget::Use, 3> sim_use{};  ///< Message parts of this SIM by hour, day and month.
  /// The limit that is reached, and when messages may go again.
  std::optional<std::pair<SimBudget::Use, relay::SteadyTime>> limit_reached;
  std::optional<double> balance;  ///< As the operator said.
  std::optional<relay::WallTime> balance_at;
  std::string balance_trouble;  ///< Why the last question for it brought none.
  double balance_alarm_below = 0;
  std::optional<std::pair<std::string, relay::WallTime>> network_said;  ///< The last USSD text that nobody asked for.
  double busy_share = 0;    ///< Of the last ten minutes: with a message to send. Set by ModemProvider::status().
  relay::Millis busy{0};    ///< The same since the start, in all.
  int waiting = 0;          ///< Messages in line in front of the modem. Set by ModemProvider::status().
  int stored_messages = 0;  ///< In the memory in use.
  int storage_size = 0;     ///< 0: unknown

  std::optional<relay::WallTime> last_sent_at;  ///< The last proof of sending, a canary included.
  std::int64_t messages_sent = 0;               ///< Accepted by the service centre.
  std::int64_t messages_unknown = 0;            ///< Submitted, no answer.
  std::int64_t messages_settled = 0;            ///< Of those: their outcome was learned later.
  std::int64_t messages_refused = 0;
  std::int64_t messages_received = 0;
  std::int64_t reports_received = 0;
  std::int64_t canaries_sent = 0;
  std::int64_t canaries_failed = 0;

  int failures_in_a_row = 0;      ///< Sends that failed through the path's own fault since the last good one.
  std::string last_failure;       ///< "CMS 38, network out of order"
  int last_failure_code = 0;      ///< Of +CMS ERROR; 0: none.
  bool account_failures = false;  ///< The operator refuses them for the account's sake: resets do not help.
  std::optional<relay::SteadyTime> down_until;  ///< Taken out of use until then.

  std::string alarm;                                  ///< name_of(ObstacleKind) of the one that is raised; empty: none.
  std::string alarm_sentence;                         ///< What is wrong and what to do.
  std::optional<relay::WallTime> alarm_since;         ///< With an alarm.
  std::map<std::string, std::int64_t> alarms_raised;  ///< By kind.

  std::int64_t recoveries = 0;                     ///< Rungs of the ladder taken.
  std::array<std::int64_t, rung_count> rungs{};    ///< The same by rung.
  std::int64_t gave_up = 0;                        ///< How often the ladder came to its end.
  std::optional<relay::SteadyTime> gave_up_until;  ///< No reset before then.
  std::int64_t restarts = 0;                       ///< Modem restarts that were noticed.

  /// Any of +CREG and +CEREG, or +CGREG where the circuit side is not denied: packet registration alone is not SMS
  /// registration. LTE alone is: SMS then goes over SGs or IMS (facts/modem.md 2.7).
  [[nodiscard]] bool registered() const;
  /// registered(), but only in foreign networks.
  [[nodiscard]] bool roaming() const;
  /// At least 80 % of the memory for messages is taken.
  [[nodiscard]] bool store_nearly_full() const { return storage_size > 0 && stored_messages * 5 >= storage_size * 4; }
};

}  // namespace modem
