#include "tools/modem-sim/model/commands.hpp"
#include "tools/modem-sim/model/text.hpp"

/// Registration, operator, signal and USSD (27.007 clauses 7.2, 7.3, 7.15, 8.5, 10.1.20).
namespace modem_sim {
namespace {

std::size_t domain_of(const std::string& name) { return name == "+CREG" ? 0 : name == "+CGREG" ? 1 : 2; }

}  // namespace

Answer registration(ModemState& state, const Command& command) {
  const auto domain = domain_of(command.name);
  int& reports = state.settings.registration_reports[domain];
  if (command.form == Form::test) return ok(command.name + ": (0-2)");
  if (command.form != Form::read) return small_setting(command, reports, 0, 2);
  const int stat = state.registration(domain);
  std::string line = command.name + ": " + std::to_string(reports) + "," + std::to_string(stat);
  if (reports == 2 && (stat == 1 || stat == 5)) {
    line += R"(,"00C3","01A2D001",)" + std::to_string(state.config.access_technology);
  }
  return ok(std::move(line));
}

Answer operator_selection(ModemState& state, const Command& command) {
  const auto& config = state.config;
  if (command.form == Form::test) {
    return ok("+COPS: (2,\"" + config.operator_name + "\",\"" + config.operator_name + "\",\"" + config.operator_code +
              "\",7),,(0-4),(0-2)");
  }
  if (command.form == Form::read) {
    if (!state.registered()) return ok(state.deregistered_by_command ? "+COPS: 2" : "+COPS: 0");
    const int format = state.settings.operator_format;
    return ok("+COPS: 0," + std::to_string(format) + ",\"" +
              (format == 2 ? config.operator_code : config.operator_name) + "\"," +
              std::to_string(config.access_technology));
  }
  const auto mode = command.number(0);
  const auto format = command.number(1, state.settings.operator_format);
  const bool known = mode && *mode >= 0 && *mode <= 4 && format && *format >= 0 && *format <= 2;
  if (command.form != Form::set || !known) return cme(cme_code::bad_parameter);
  if (*mode != 2) state.settings.operator_format = *format;
  if (*mode != 3) state.deregistered_by_command = *mode == 2;
  return ok();
}

Answer signal_quality(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CSQ: (0-31,99),(0-7,99)");
  if (command.form != Form::execute) return error();
  return ok("+CSQ: " + std::to_string(state.registered() ? state.config.signal_quality : 99) + ",99");
}

Answer sms_bearer(ModemState& state, const Command& command) {
  return small_setting(command, state.settings.bearer, 0, 3);
}

Answer ussd(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CUSD: (0-2)");
  if (command.form == Form::read) return ok("+CUSD: 1");
  const auto mode = command.number(0);
  if (command.form != Form::set || !mode || *mode < 0 || *mode > 2) return cme(cme_code::bad_parameter);
  if (command.arguments.size() < 2 || *mode != 1) return ok();
  const auto& reply = state.config.ussd_reply;
  const bool ucs2 = state.settings.character_set == "UCS2";
  Answer answer;
  answer.later.emplace_back(
      relay::Millis{1000},
      state.registered()
          ? "+CUSD: 0,\"" + (ucs2 ? to_hex(utf16be_of_text(from_utf8(reply))) : reply) + (ucs2 ? "\",72" : "\",15")
          : "+CUSD: 4");
  return answer;
}

}  // namespace modem_sim
