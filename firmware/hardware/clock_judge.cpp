#include "firmware/hardware/clock_judge.hpp"

#include <chrono>

#include "relay/base/clock.hpp"

namespace firmware {
namespace {

using relay::Millis;

bool close(Millis difference) { return std::chrono::abs(difference) <= ClockJudge::tolerance; }

}  // namespace

std::string_view name_of(TimeSource source) {
  switch (source) {
    case TimeSource::time_server:
      return "time_server";
    case TimeSource::bridge:
      return "bridge";
    case TimeSource::mobile_network:
      return "mobile_network";
    case TimeSource::battery_clock:
      return "battery_clock";
    case TimeSource::nobody:
      break;
  }
  return "";
}

std::string_view describe(TimeSource source) {
  switch (source) {
    case TimeSource::time_server:
      return "a time server";
    case TimeSource::bridge:
      return "the bridge";
    case TimeSource::mobile_network:
      return "the mobile network";
    case TimeSource::battery_clock:
      return "the battery clock";
    case TimeSource::nobody:
      break;
  }
  return "nobody";
}

void ClockJudge::hear(TimeSource source, relay::WallTime told, relay::SteadyTime at) {
  if (told < relay::first_plausible_wall) return;  // it has no idea either
  words_[static_cast<std::size_t>(source)] = Word{told, at};
}

std::optional<Millis> ClockJudge::ahead_of(TimeSource source, relay::WallTime wall, relay::SteadyTime now) const {
  const auto& word = words_[static_cast<std::size_t>(source)];
  if (!word || now - word->at > freshness) return std::nullopt;
  return wall - (word->told + (now - word->at));
}

ClockHealth ClockJudge::judge(const hal::ClockFacts& facts, relay::WallTime wall, relay::SteadyTime now) const {
  ClockHealth health{.battery_clock = facts.has_battery_clock};
  const auto of_bridge = ahead_of(TimeSource::bridge, wall, now);
  // The bridge has proved who it is; a time server of the LAN has not, and may be as wrong as it likes.
  if (of_bridge && !close(*of_bridge)) {
    health.contradicted_by = TimeSource::bridge;
    health.ahead = *of_bridge;
    return health;
  }
  if (facts.follows_time_server(wall)) {
    health.believed_by = TimeSource::time_server;
    health.error_bound = facts.error_bound;
    return health;
  }
  if (of_bridge) {
    health.believed_by = TimeSource::bridge;
    return health;
  }
  const auto of_network = ahead_of(TimeSource::mobile_network, wall, now);
  if (of_network && close(*of_network)) {
    health.believed_by = TimeSource::mobile_network;
  } else if (of_network && std::chrono::abs(*of_network) > zones) {
    health.contradicted_by = TimeSource::mobile_network;
    health.ahead = *of_network;
  } else if (facts.set_from_battery_clock && facts.battery_clock && wall >= relay::first_plausible_wall &&
             close(wall - *facts.battery_clock)) {
    health.believed_by = TimeSource::battery_clock;
  }
  return health;
}

}  // namespace firmware
