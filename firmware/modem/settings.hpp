#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/sim_budget.hpp"
#include "firmware/modem/tpdu/national_tables.hpp"
#include "hal/serial_port.hpp"
#include "relay/base/time.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace modem {

/// A modem's settings, as its [providers.NAME] table gives them (settings_table()).
struct Settings {
  std::string name;  ///< Of the provider.
  hal::SerialSettings line;
  bool board_slot = true;         ///< The board's power lines are its own.
  std::string profile;            ///< Empty: chosen by what the modem says.
  std::string profile_directory;  ///< Empty: the shipped profiles only.
  std::string pin;                ///< Of the SIM; empty: none is entered.
  std::string service_centre;     ///< Empty: the SIM's own.
  bool allow_roaming = true;
  std::vector<tpdu::Language> languages;  ///< Whose 7 bit tables may be used to save parts.
  std::string repeat_prefix = "[repeat] ";
  std::optional<relay::Millis> send_timeout;  ///< From the 0x1A to the modem's answer; none: the profile's.
  std::optional<relay::Millis> command_gap;   ///< Pause before each command; none: the profile's.
  relay::Millis receipt_window{48 * 3'600'000LL};
  relay::Millis sweep_interval{300'000};
  bool delivery_reports = true;
  relay::Millis canary_interval{24 * 3'600'000LL};  ///< 0: none is sent.
  std::string canary_number;                        ///< Empty: the SIM's own.
  int failure_run = 5;                              ///< So many failed sends in a row are a fault of the modem.
  SimLimits limits;
  std::vector<std::string> prefixes;  ///< Numbers begin so ("+358"); none: any may be sent to.

  struct Balance {
    std::string code;     ///< "*100#"; empty: it is not asked for.
    std::string pattern;  ///< Where the amount is in the answer.
    relay::Millis interval{24 * 3'600'000LL};
    double alarm_below = 0;  ///< 0: no alarm.
  } balance;

  [[nodiscard]] static Settings from(const relay::config::Section& section);
};

[[nodiscard]] const relay::config::Table& settings_table();

}  // namespace modem
