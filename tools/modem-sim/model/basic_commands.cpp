#include <algorithm>
#include <array>

#include "tools/modem-sim/model/commands.hpp"

/// ITU-T V.250 basic commands, identity (27.007 clause 5) and phone functionality (8.2).
namespace modem_sim {
namespace {

bool is_flag(std::optional<int> value) { return value && (*value == 0 || *value == 1); }

Answer identity(const Command& command, const std::string& text) {
  if (command.form == Form::test) return ok();
  return command.form == Form::execute ? ok(text) : error();
}

}  // namespace

Answer run_basic(ModemState& state, const Command& command) {
  auto& settings = state.settings;
  const auto value = command.number(0);
  if (command.name == "E" || command.name == "V" || command.name == "Q") {
    if (!is_flag(value)) return error();
    if (command.name == "E") settings.echo = *value == 1;
    if (command.name == "V") settings.verbose = *value == 1;
    if (command.name == "Q") settings.quiet = *value == 1;
    return ok();
  }
  if (command.name == "Z" || command.name == "&F") {
    settings = Settings{};
    return ok();
  }
  if (command.name == "I") {
    Answer answer;
    answer.lines = {state.config.manufacturer, state.config.model, "Revision: " + state.config.revision};
    return answer;
  }
  if (command.name == "D") return failed(Final::no_carrier);
  if (command.name.starts_with('S')) return command.form == Form::read ? ok("000") : ok();
  constexpr std::array<std::string_view, 9> harmless{"&C", "&D", "&K", "&S", "&W", "H", "L", "M", "X"};
  return std::ranges::find(harmless, command.name) != harmless.end() ? ok() : error();
}

Answer error_mode(ModemState& state, const Command& command) {
  return small_setting(command, state.settings.error_mode, 0, 2);
}

Answer functionality(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CFUN: (0,1,4),(0,1)");
  if (command.form == Form::read) return ok("+CFUN: " + std::to_string(state.functionality));
  const auto level = command.number(0);
  const auto restart = command.number(1);
  const bool known = level && (*level == 0 || *level == 1 || *level == 4) && is_flag(restart);
  if (command.form != Form::set || !known) return cme(cme_code::bad_parameter);
  state.functionality = *level;
  if (*level != 1) state.faults.clear(FaultKind::stale_radio);
  Answer answer;
  if (*restart == 1) answer.next = Restart{};
  return answer;
}

Answer character_set(ModemState& state, const Command& command) {
  constexpr std::array<std::string_view, 3> sets{"GSM", "IRA", "UCS2"};
  if (command.form == Form::test) return ok(R"(+CSCS: ("GSM","IRA","UCS2"))");
  if (command.form == Form::read) return ok("+CSCS: \"" + state.settings.character_set + "\"");
  if (command.form != Form::set) return error();
  if (std::ranges::find(sets, command.arguments[0]) == sets.end()) return cme(cme_code::bad_parameter);
  state.settings.character_set = command.arguments[0];
  return ok();
}

Answer accepted_and_ignored(ModemState& /*state*/, const Command& command) {
  return command.form == Form::read ? ok(command.name + ": 0") : ok();
}

Answer manufacturer(ModemState& state, const Command& command) { return identity(command, state.config.manufacturer); }
Answer model_name(ModemState& state, const Command& command) { return identity(command, state.config.model); }
Answer revision(ModemState& state, const Command& command) { return identity(command, state.config.revision); }
Answer serial_number(ModemState& state, const Command& command) { return identity(command, state.config.imei); }

}  // namespace modem_sim
