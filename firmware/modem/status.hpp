#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/time.hpp"

namespace modem {

enum class Phase : std::uint8_t {
  no_port,     ///< The device is not there, or cannot be opened.
  starting,    ///< Start sequence under way.
  blocked,     ///< It answers, but a person is needed: PIN, PUK, SIM.
  in_service,  ///< It takes messages, if it is registered.
  recovering,  ///< It stopped answering.
};
[[nodiscard]] std::string_view name_of(Phase phase);

/// How a modem does: for health, metrics and the console. A snapshot.
struct ModemStatus {
  Phase phase = Phase::no_port;
  std::string device;
  std::string detail;  ///< Why it is not in service; a clause for a person, no full stop.
  relay::SteadyTime phase_since{};

  std::string manufacturer;
  std::string model;
  std::string revision;
  std::string imei;
  std::string iccid;
  std::string imsi;
  std::string service_centre;
  std::string operator_code;                 ///< "24405"
  std::array<int, 3> registration{4, 4, 4};  ///< <stat> of +CREG, +CGREG, +CEREG; 4: unknown
  std::optional<int> signal_dbm;
  int stored_messages = 0;  ///< In the memory in use.
  int storage_size = 0;     ///< 0: unknown

  std::optional<relay::WallTime> last_sent_at;
  std::int64_t messages_sent = 0;     ///< Accepted by the service centre.
  std::int64_t messages_unknown = 0;  ///< Submitted, no answer.
  std::int64_t messages_refused = 0;
  std::int64_t messages_received = 0;
  std::int64_t reports_received = 0;
  std::int64_t recoveries = 0;  ///< Rungs of the ladder taken.
  std::int64_t restarts = 0;    ///< Modem restarts that were noticed.

  /// Any of +CREG and +CEREG, or +CGREG where the circuit side is not denied: packet registration alone is not SMS
  /// registration.
  [[nodiscard]] bool registered() const;
};

}  // namespace modem
