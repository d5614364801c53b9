#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/power_rail.hpp"
#include "relay/base/time.hpp"

namespace modem {

/// What is tried with a modem that does not work, mildest first (facts/modem.md 4, "Recovery ladder").
enum class Rung : std::uint8_t {
  resync,         ///< ESC, CR, flush, AT
  reopen,         ///< Close the line, resolve its name again, open, start sequence.
  radio_cycle,    ///< AT+CFUN=4, then 1 (or what the profile says): cures registration and SIM.
  restart_modem,  ///< AT+CFUN=1,1 (or what the profile says)
  usb_reset,      ///< Take the USB device from its driver and give it back.
  power_cycle,    ///< Power key or reset line, where the board has them.
};
inline constexpr std::size_t rung_count = 6;
[[nodiscard]] std::string_view name_of(Rung rung);
[[nodiscard]] std::optional<Rung> rung_of(std::string_view name);

/// The ladder of a kind of modem.
struct RecoveryPlan {
  std::vector<Rung> steps{Rung::resync,        Rung::reopen,    Rung::radio_cycle,
                          Rung::restart_modem, Rung::usb_reset, Rung::power_cycle};
  std::string radio_off = "AT+CFUN=4";
  std::string radio_on = "AT+CFUN=1";
  std::string restart = "AT+CFUN=1,1";
  std::array<relay::Millis, rung_count> spacing{};  ///< By rung: at least so long between two of them.
  int resets_per_hour = 3;                          ///< Of the rungs from restart_modem on, together.
  int resets_per_day = 10;

  [[nodiscard]] relay::Millis spacing_of(Rung rung) const { return spacing[static_cast<std::size_t>(rung)]; }
};

/// How it takes and gives the text of USSD (facts/modem.md 2.9).
struct UssdCoding {
  std::string charset = "GSM";  ///< For +CSCS: "GSM", "IRA", "UCS2" (hex of UTF-16).
  bool packed = false;          ///< Septets, packed, as hex, whatever the character set.
};

/// A vendor's own word on the LTE signal, where +CESQ says less.
struct SignalQuery {
  std::string command;  ///< Empty: there is none.
  std::string prefix;   ///< Of the line that has it.
  int rsrp_field = 0;   ///< Of that line, from 1; dBm. 0: not there.
  int sinr_field = 0;
  int sinr_steps_per_db = 1;
  int sinr_offset_db = 0;  ///< dB = field / steps + offset
};

/// All that one kind of modem does differently. Data: the shipped files of this folder, or an operator's own.
struct Profile {
  std::string name;   ///< Of the file: "sim7600".
  std::string title;  ///< For people.

  // Which modems it is for. `*` stands for any characters; case does not count.
  std::vector<std::string> manufacturers;  ///< +CGMI; empty: any
  std::vector<std::string> models;         ///< +CGMM; empty: any
  std::vector<std::string> usb_ids;        ///< "1e0e:9001"

  std::string at_interface;  ///< bInterfaceNumber of the AT port, two hex digits; empty: not known.

  std::vector<std::string> commands;    ///< Sent once a start, after the identity; a refusal is noted.
  std::vector<std::string> busy_codes;  ///< "CMS 500": the SIM or its messages are not ready yet.
  std::vector<std::string> boot_lines;  ///< Unasked lines, besides RDY and its kind, that say that it restarts.

  std::vector<std::string> iccid_commands;
  std::string tries_command;      ///< Empty: only the card itself is asked (AT+CSIM).
  std::string tries_prefix;       ///< Of the line that holds them.
  int tries_field = 1;            ///< Of that line, from 1.
  relay::Millis after_pin{2000};  ///< Nothing may be asked for so long after a PIN.

  std::vector<std::string> memories;      ///< By preference.
  std::vector<std::string> indications;   ///< +CNMI settings to try, in this order; empty: out of what +CNMI=? offers.
  bool stored_reports_readable = true;    ///< <ds>=2 may be chosen.
  std::vector<std::string> acknowledges;  ///< Forms of +CNMA to try.
  int acknowledged_service = 1;           ///< +CSMS for messages that the host acknowledges.
  bool keeps_link = true;                 ///< +CMMS
  bool service_centre_readable = true;    ///< +CSCA? tells the truth.
  bool store_then_send = false;           ///< +CMGW, +CMSS instead of +CMGS.
  bool stored_state_is_proof = false;     ///< A stored message turns "sent" with the network's acknowledgement only.

  UssdCoding ussd;
  SignalQuery signal;

  relay::Millis command_gap{0};
  relay::Millis prompt_limit{10'000};
  relay::Millis answer_limit{180'000};  ///< From the 0x1A.
  relay::Millis radio_wait{5000};       ///< Between off and on.
  relay::Millis restart_wait{5000};     ///< The device stays away for so long at least.

  RecoveryPlan recovery;
  hal::PowerTimes power;  ///< facts/modem.md 4
};

}  // namespace modem
