#include <bit>

#include "tools/modem-sim/model/commands.hpp"

/// 3GPP TS 27.005 clauses 3.2 and 3.4.1: how messages are handled.
namespace modem_sim {
namespace {

std::string usage(MessageStore& store) { return std::to_string(store.used()) + "," + std::to_string(store.capacity()); }

std::string storage_line(Storage& storage, bool with_names) {
  std::string line = "+CPMS: ";
  for (const auto role : {Storage::reading, Storage::writing, Storage::receiving}) {
    auto& store = storage.serving(role);
    if (role != Storage::reading) line += ",";
    if (with_names) line += "\"" + store.name() + "\",";
    line += usage(store);
  }
  return line;
}

/// "(0,1,2)" of the bits 0, 1, 2.
std::string list_of_bits(unsigned bits) {
  std::string list = "(";
  for (unsigned bit = 0; bits >> bit != 0; ++bit) {
    if ((bits >> bit & 1U) == 0) continue;
    if (list.size() > 1) list += ",";
    list += std::to_string(bit);
  }
  return list + ")";
}

}  // namespace

Answer message_service(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok("+CSMS: (0,1)");
  if (command.form == Form::read) return ok("+CSMS: " + std::to_string(state.settings.service) + ",1,1,1");
  const auto service = command.number(0);
  if (command.form != Form::set || !service || *service < 0 || *service > 1) return cms(cms_code::not_supported);
  state.settings.service = *service;
  return ok("+CSMS: 1,1,1");
}

Answer message_format(ModemState& /*state*/, const Command& command) {
  if (command.form == Form::test) return ok("+CMGF: (0)");
  if (command.form == Form::read) return ok("+CMGF: 0");
  return command.form == Form::set && command.number(0) == 0 ? ok() : cms(cms_code::not_supported);
}

Answer preferred_storage(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok(R"(+CPMS: ("SM","ME"),("SM","ME"),("SM","ME"))");
  if (command.form == Form::read) return ok(storage_line(state.storage, true));
  if (command.form != Form::set || command.arguments.size() > 3) return error();
  for (const auto& name : command.arguments) {
    if (state.storage.named(name) == nullptr) return cms(cms_code::not_supported);
  }
  for (unsigned role = 0; role < command.arguments.size(); ++role) {
    state.storage.select(static_cast<Storage::Role>(role), command.arguments[role]);
  }
  return ok(storage_line(state.storage, false));
}

Answer service_centre(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  if (command.form == Form::read) {
    return ok("+CSCA: \"" + state.smsc + "\"," + (state.smsc.starts_with('+') ? "145" : "129"));
  }
  if (command.form != Form::set) return error();
  auto number = command.arguments[0];
  const auto digits = number.starts_with('+') ? std::string_view{number}.substr(1) : std::string_view{number};
  if (digits.size() > 20 || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return cms(cms_code::invalid_pdu);
  }
  if (command.number(1, 129) == 145 && !number.empty() && !number.starts_with('+')) number.insert(0, "+");
  state.smsc = number;
  return ok();
}

Answer indications(ModemState& state, const Command& command) {
  const auto& allowed = state.config.cnmi_allowed;
  auto& present = state.settings.indications;
  std::string line = "+CNMI: ";
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    if (i != 0) line += ",";
    line += command.form == Form::test ? list_of_bits(allowed[i]) : std::to_string(present[i]);
  }
  if (command.form == Form::test || command.form == Form::read) return ok(line);
  if (command.form != Form::set || command.arguments.size() > allowed.size()) return cms(cms_code::not_supported);
  auto wanted = present;
  for (std::size_t i = 0; i < command.arguments.size(); ++i) {
    const auto value = command.number(i, present[i]);
    if (!value || *value < 0 || *value > 7 || (allowed[i] >> *value & 1) == 0) return cms(cms_code::not_supported);
    wanted[i] = *value;
  }
  present = wanted;
  return ok();
}

Answer more_messages(ModemState& state, const Command& command) {
  return small_setting(command, state.settings.more_messages, 0, 2);
}

}  // namespace modem_sim
