#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "firmware/modem/status.hpp"

namespace modem {

enum class ObstacleKind : std::uint8_t {
  port_missing,
  starting,
  not_answering,
  given_up,
  sim_absent,
  sim_failed,
  pin_needed,
  pin_refused,
  puk_needed,
  sim_locked,
  not_registered,
  registration_denied,
  packet_only,
  roaming_refused,
  service_centre_missing,
  no_credit,
  barred,
  not_sending,
  store_full,
  sim_limit,
  balance_low,
};
[[nodiscard]] std::string_view name_of(ObstacleKind kind);

/// What stands in the way of a message, and what to do about it.
struct Obstacle {
  ObstacleKind kind = ObstacleKind::port_missing;
  std::string sentence;   ///< For a person; one sentence, no full stop.
  bool blocks = true;     ///< Nothing can be sent. Else: it works, but somebody should look.
  bool is_alarm = false;  ///< It will not go away by itself: somebody must be told.
};

/// Why no SMS can be sent now, the first reason first; nothing: it can. Pure.
[[nodiscard]] std::optional<Obstacle> explain(const ModemStatus& status, relay::SteadyTime now);

}  // namespace modem
