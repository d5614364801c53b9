#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "firmware/board/board.hpp"
#include "firmware/hardware/hardware_alarms.hpp"
#include "firmware/hardware/hardware_health.hpp"
#include "hal/clock_trust.hpp"
#include "hal/storage.hpp"
#include "hal/thermometer.hpp"
#include "hal/watchdog.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace firmware {

/// Looks at the box's hardware once a minute, and tells when something about it begins or ceases to be wrong.
class HardwareWatch {
 public:
  /// Between two looks.
  static constexpr relay::Millis interval{60'000};
  /// A clock that nobody confirms is no alarm before: time services need a moment after a start.
  static constexpr relay::Millis clock_patience{15 * 60'000};
  /// What was too hot is not any more when it is this much below.
  static constexpr double cooled_by_celsius = 5;

  /// All outlive this.
  struct Ports {
    hal::ClockTrust& clock;
    hal::Storage& storage;
    hal::Thermometer& thermometer;
    hal::Watchdog& watchdog;
    /// Something begins (`raised`) or ceases to be wrong; logged already.
    std::function<void(const HardwareAlarm&, bool raised)> on_alarm;
  };
  /// `path` lies on the disk that is looked at.
  HardwareWatch(relay::Runtime runtime, Ports ports, std::string path);

  /// What the board has, before run(). None: no watchdog is expected, the first sensor counts.
  void settle_on(const std::optional<Board>& board);
  /// The bridge or a mobile network has said what time it is now.
  void hear_time(TimeSource source, relay::WallTime told) { judge_.hear(source, told, runtime_.clock.steady()); }

  /// Until it is cancelled.
  [[nodiscard]] relay::Task<> run();
  /// As of the last look; the clock as of now.
  [[nodiscard]] HardwareHealth health() const;

 private:
  void look();
  void look_at_temperature();
  void tell_changes();

  relay::Runtime runtime_;
  Ports ports_;
  std::string path_;
  std::string thermal_zone_;
  std::string watchdog_device_;  ///< Empty: the board names none.
  hal::ClockFacts clock_facts_;
  ClockJudge judge_;
  HardwareHealth health_;  ///< Without the clock.
  relay::SteadyTime confirmed_at_;
  std::vector<HardwareAlarm> raised_;
};

}  // namespace firmware
