#include <array>
#include <chrono>
#include <cstdio>

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

/// The network's time once it has been heard, which is when the modem has registered; in UTC.
Answer clock(ModemState& state, const Command& command) {
  if (command.form != Form::read) return error();
  if (!state.registered()) return ok("+CCLK: \"80/01/06,00:00:00+00\"");
  const std::chrono::sys_time<relay::Millis> wall{
      (state.config.wall_at_zero + state.now.time_since_epoch()).time_since_epoch()};
  const auto day = std::chrono::floor<std::chrono::days>(wall);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{std::chrono::floor<std::chrono::seconds>(wall - day)};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "+CCLK: \"%02d/%02u/%02u,%02d:%02d:%02d+00\"",
                static_cast<int>(date.year()) % 100, static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return ok(text.data());
}

Answer sms_bearer(ModemState& state, const Command& command) {
  return small_setting(command, state.settings.bearer, 0, 3);
}

Answer extended_signal_quality(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)");
  if (command.form != Form::execute) return error();
  const bool lte = state.registered() && state.config.access_technology == 7;
  return ok(lte ? "+CESQ: 99,99,255,255,20,46" : "+CESQ: 99,99,255,255,255,255");
}

std::string ussd_line(const ModemState& state, int mode, const std::string& text) {
  const auto characters = from_utf8(text);
  std::string content = text;
  int coding = 15;
  if (state.config.ussd.packed) {
    content = to_hex(pack_septets(septets_of_text(characters).value_or(Octets{})));
  } else if (state.settings.character_set == "UCS2") {
    content = to_hex(utf16be_of_text(characters));
    coding = 72;
  }
  return "+CUSD: " + std::to_string(mode) + ",\"" + content + "\"," + std::to_string(coding);
}

Answer ussd(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CUSD: (0-2)");
  if (command.form == Form::read) return ok("+CUSD: 1");
  const auto mode = command.number(0);
  if (command.form != Form::set || !mode || *mode < 0 || *mode > 2) return cme(cme_code::bad_parameter);
  if (*mode == 2) state.ussd_open = false;
  if (command.arguments.size() < 2 || *mode != 1) return ok();
  const auto& network = state.config.ussd;
  state.last_ussd = command.arguments[1];
  if (network.packed) {
    const auto octets = from_hex(command.arguments[1]);
    if (!octets) return cme(cme_code::bad_parameter);
    state.last_ussd = to_utf8(text_of_septets(unpack_septets(*octets, octets->size() * 8 / 7)).value_or(U"?"));
  }
  Answer answer;
  if (network.silent) return answer;
  const bool menu = network.state == 1 && !state.ussd_open;
  state.ussd_open = menu;
  const int told = network.state == 1 ? (menu ? 1 : 0) : network.state;
  answer.later.emplace_back(network.delay,
                            state.registered() ? ussd_line(state, told, network.reply) : std::string{"+CUSD: 4"});
  return answer;
}

}  // namespace modem_sim
