#pragma once

#include <optional>
#include <string_view>

#include "tools/modem-sim/model/answer.hpp"
#include "tools/modem-sim/model/command.hpp"
#include "tools/modem-sim/model/state.hpp"

/// What each AT command does: a table from names to functions of (state, command). No command writes to the line
/// itself.
namespace modem_sim {

/// Which SIM a command needs, and in which family it complains.
enum class Needs : std::uint8_t { nothing, sim, sms };

struct CommandEntry {
  std::string_view name;
  Needs needs;
  Answer (*run)(ModemState&, const Command&);
};

[[nodiscard]] Answer run_command(ModemState& state, const Command& command);

/// 0 when the SMS service can be used now, else the +CMS ERROR.
[[nodiscard]] int sms_obstacle(const ModemState& state);

// basic_commands.cpp
Answer run_basic(ModemState& state, const Command& command);
Answer error_mode(ModemState& state, const Command& command);
Answer functionality(ModemState& state, const Command& command);
Answer character_set(ModemState& state, const Command& command);
Answer accepted_and_ignored(ModemState& state, const Command& command);
Answer manufacturer(ModemState& state, const Command& command);
Answer model_name(ModemState& state, const Command& command);
Answer revision(ModemState& state, const Command& command);
Answer serial_number(ModemState& state, const Command& command);

// sim_commands.cpp
Answer imsi(ModemState& state, const Command& command);
Answer iccid(ModemState& state, const Command& command);
Answer own_number(ModemState& state, const Command& command);
Answer enter_pin(ModemState& state, const Command& command);
Answer remaining_tries(ModemState& state, const Command& command);

// network_commands.cpp
Answer registration(ModemState& state, const Command& command);
Answer operator_selection(ModemState& state, const Command& command);
Answer signal_quality(ModemState& state, const Command& command);
Answer clock(ModemState& state, const Command& command);
Answer sms_bearer(ModemState& state, const Command& command);
Answer extended_signal_quality(ModemState& state, const Command& command);
/// "+CUSD: <mode>,<text>,<dcs>" in the coding that the host has chosen.
[[nodiscard]] std::string ussd_line(const ModemState& state, int mode, const std::string& text);
Answer ussd(ModemState& state, const Command& command);

// sms_settings_commands.cpp
Answer message_service(ModemState& state, const Command& command);
Answer message_format(ModemState& state, const Command& command);
Answer preferred_storage(ModemState& state, const Command& command);
Answer service_centre(ModemState& state, const Command& command);
Answer indications(ModemState& state, const Command& command);
Answer more_messages(ModemState& state, const Command& command);

// sms_commands.cpp
Answer send_message(ModemState& state, const Command& command);
Answer write_message(ModemState& state, const Command& command);
Answer send_stored(ModemState& state, const Command& command);
Answer read_message(ModemState& state, const Command& command);
Answer list_messages(ModemState& state, const Command& command);
Answer delete_message(ModemState& state, const Command& command);
Answer acknowledge(ModemState& state, const Command& command);

/// The common shape of a setting with one small number: =? lists [min, max], ? reads, =n sets.
Answer small_setting(const Command& command, int& value, int min, int max);

}  // namespace modem_sim
