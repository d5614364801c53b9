#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "hal/clock_trust.hpp"
#include "relay/base/time.hpp"

namespace firmware {

/// Who can say what time it is.
enum class TimeSource : std::uint8_t {
  nobody,
  time_server,     ///< NTP, by the machine's own time service.
  bridge,          ///< The time in its answers, over TLS with both certificates.
  mobile_network,  ///< NITZ, as a modem tells it. Networks send a wrong zone now and then.
  battery_clock,   ///< The machine's RTC.
};
inline constexpr std::size_t time_source_count = 5;
/// "time_server"; empty for nobody.
[[nodiscard]] std::string_view name_of(TimeSource source);
/// For people: "a time server"
[[nodiscard]] std::string_view describe(TimeSource source);

/// Whether the wall clock is to be believed.
struct ClockHealth {
  TimeSource believed_by = TimeSource::nobody;  ///< The best that confirms it; nobody: it is not to be believed.
  std::optional<relay::Millis> error_bound;     ///< With a time server.
  TimeSource contradicted_by = TimeSource::nobody;
  relay::Millis ahead{0};      ///< Of who contradicts; negative: behind.
  bool battery_clock = false;  ///< The machine has one.

  [[nodiscard]] bool believed() const { return believed_by != TimeSource::nobody; }
};

/// Compares the wall clock with what the machine and others say of the time. Holds the last word of each of the others.
class ClockJudge {
 public:
  /// How old another's word may be.
  static constexpr relay::Millis freshness{24LL * 3'600'000};
  /// How far apart two good clocks may be, with the time that the word took to get here.
  static constexpr relay::Millis tolerance{60'000};
  /// No difference between time zones is larger (UTC-12 to UTC+14, where one side of it is a mistake): what a mobile
  /// network says within this may be right in another zone, and proves nothing.
  static constexpr relay::Millis zones{15LL * 3'600'000};

  /// `source` said at `at` that it was `told`. Only the bridge and the mobile network say anything.
  void hear(TimeSource source, relay::WallTime told, relay::SteadyTime at);
  [[nodiscard]] ClockHealth judge(const hal::ClockFacts& facts, relay::WallTime wall, relay::SteadyTime now) const;

 private:
  struct Word {
    relay::WallTime told;
    relay::SteadyTime at;
  };
  /// By how much the wall clock is ahead of what `source` said; nothing: it said nothing lately.
  [[nodiscard]] std::optional<relay::Millis> ahead_of(TimeSource source, relay::WallTime wall,
                                                      relay::SteadyTime now) const;

  std::array<std::optional<Word>, time_source_count> words_;
};

}  // namespace firmware
