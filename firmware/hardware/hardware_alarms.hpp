#pragma once

#include <string>
#include <vector>

#include "firmware/hardware/hardware_health.hpp"

namespace firmware {

/// As api::Alarm, of the hardware.
struct HardwareAlarm {
  bool grave = false;
  std::string code;
  std::string text;
  std::string remedy;
};

/// What is wrong with the hardware. At most one of each code. Pure.
[[nodiscard]] std::vector<HardwareAlarm> alarms_of(const HardwareHealth& health);

/// "2 min ahead of", "73 h behind": for sentences about clocks.
[[nodiscard]] std::string difference_text(relay::Millis ahead);

}  // namespace firmware
