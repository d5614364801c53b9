#pragma once

#include <string>

#include "hal/serial_port.hpp"
#include "relay/base/time.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace modem {

/// A modem's settings, as its [providers.NAME] table gives them (settings_table()).
struct Settings {
  std::string name;  ///< Of the provider.
  hal::SerialSettings line;
  std::string pin;             ///< Of the SIM; empty: none is entered.
  std::string service_centre;  ///< Empty: the SIM's own.
  std::string repeat_prefix = "[repeat] ";
  relay::Millis send_timeout{120'000};  ///< From the 0x1A to the modem's answer.
  relay::Millis command_gap{0};         ///< Pause before each command, for old modules.
  relay::Millis receipt_window{48 * 3'600'000LL};
  relay::Millis sweep_interval{300'000};
  bool delivery_reports = true;

  [[nodiscard]] static Settings from(const relay::config::Section& section);
};

[[nodiscard]] const relay::config::Table& settings_table();

}  // namespace modem
