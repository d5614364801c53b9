#pragma once

#include <optional>
#include <string>

#include "firmware/hardware/clock_judge.hpp"
#include "hal/storage.hpp"
#include "hal/watchdog.hpp"

namespace firmware {

/// What the box's hardware says of itself. What a board lacks is empty.
struct HardwareHealth {
  ClockHealth clock;
  /// Nobody has confirmed the clock for so long that somebody should see to it.
  bool clock_unconfirmed = false;
  std::optional<hal::StorageHealth> storage;  ///< Of the disk below the outbox.
  std::string storage_trouble;                ///< Why it is not known; empty: it is, or nobody has looked yet.
  std::optional<double> celsius;
  int hot_celsius = 80;  ///< From here on it is too hot.
  bool hot = false;      ///< It was, and has not cooled down since.
  std::optional<hal::WatchdogState> watchdog;
  std::string watchdog_trouble;  ///< The board has one, but it is not to be seen: why.
  bool has_button = false;
  /// How long ago somebody has held the box's button; nothing: not since the daemon started.
  std::optional<relay::Millis> button_held_ago;
};

}  // namespace firmware
