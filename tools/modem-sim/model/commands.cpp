#include "tools/modem-sim/model/commands.hpp"

#include <array>

namespace modem_sim {
namespace {

constexpr std::array table{
    CommandEntry{"+CMEE", Needs::nothing, error_mode},
    CommandEntry{"+CFUN", Needs::nothing, functionality},
    CommandEntry{"+CSCS", Needs::nothing, character_set},
    CommandEntry{"+IPR", Needs::nothing, accepted_and_ignored},
    CommandEntry{"+IFC", Needs::nothing, accepted_and_ignored},
    CommandEntry{"+ICF", Needs::nothing, accepted_and_ignored},
    CommandEntry{"+CGMI", Needs::nothing, manufacturer},
    CommandEntry{"+GMI", Needs::nothing, manufacturer},
    CommandEntry{"+CGMM", Needs::nothing, model_name},
    CommandEntry{"+GMM", Needs::nothing, model_name},
    CommandEntry{"+CGMR", Needs::nothing, revision},
    CommandEntry{"+GMR", Needs::nothing, revision},
    CommandEntry{"+CGSN", Needs::nothing, serial_number},
    CommandEntry{"+GSN", Needs::nothing, serial_number},
    CommandEntry{"+CIMI", Needs::sim, imsi},
    CommandEntry{"+CCID", Needs::nothing, iccid},
    CommandEntry{"+ICCID", Needs::nothing, iccid},
    CommandEntry{"+CNUM", Needs::sim, own_number},
    CommandEntry{"+CPIN", Needs::nothing, enter_pin},
    CommandEntry{"+CPINR", Needs::nothing, remaining_tries},
    CommandEntry{"+CREG", Needs::nothing, registration},
    CommandEntry{"+CGREG", Needs::nothing, registration},
    CommandEntry{"+CEREG", Needs::nothing, registration},
    CommandEntry{"+COPS", Needs::sim, operator_selection},
    CommandEntry{"+CSQ", Needs::nothing, signal_quality},
    CommandEntry{"+CESQ", Needs::nothing, extended_signal_quality},
    CommandEntry{"+CTZU", Needs::nothing, accepted_and_ignored},
    CommandEntry{"+CCLK", Needs::nothing, clock},
    CommandEntry{"+CGSMS", Needs::nothing, sms_bearer},
    CommandEntry{"+CUSD", Needs::sim, ussd},
    CommandEntry{"+CSMS", Needs::sms, message_service},
    CommandEntry{"+CMGF", Needs::nothing, message_format},
    CommandEntry{"+CPMS", Needs::sms, preferred_storage},
    CommandEntry{"+CSCA", Needs::sms, service_centre},
    CommandEntry{"+CNMI", Needs::sms, indications},
    CommandEntry{"+CMMS", Needs::nothing, more_messages},
    CommandEntry{"+CMGS", Needs::sms, send_message},
    CommandEntry{"+CMGW", Needs::sms, write_message},
    CommandEntry{"+CMSS", Needs::sms, send_stored},
    CommandEntry{"+CMGR", Needs::sms, read_message},
    CommandEntry{"+CMGL", Needs::sms, list_messages},
    CommandEntry{"+CMGD", Needs::sms, delete_message},
    CommandEntry{"+CNMA", Needs::sms, acknowledge},
};

int sim_obstacle(const ModemState& state) {
  if (!state.sim.present) return cme_code::no_sim;
  switch (state.sim.lock) {
    case SimLock::pin:
      return cme_code::sim_pin;
    case SimLock::puk:
      return cme_code::sim_puk;
    case SimLock::blocked:
      return cme_code::sim_failure;
    case SimLock::ready:
      break;
  }
  return state.sim_busy() ? cme_code::sim_busy : 0;
}

}  // namespace

int sms_obstacle(const ModemState& state) {
  switch (sim_obstacle(state)) {
    case cme_code::no_sim:
      return cms_code::no_sim;
    case cme_code::sim_pin:
      return cms_code::sim_pin;
    case cme_code::sim_puk:
      return cms_code::sim_puk;
    case cme_code::sim_failure:
      return cms_code::sim_failure;
    case cme_code::sim_busy:
      return cms_code::sim_busy;
    default:
      return state.sms_ready ? 0 : cms_code::sim_busy;
  }
}

Answer run_command(ModemState& state, const Command& command) {
  if (command.name.front() != '+') return run_basic(state, command);
  for (const auto& entry : table) {
    if (entry.name != command.name) continue;
    if (entry.needs == Needs::sim && sim_obstacle(state) != 0) return cme(sim_obstacle(state));
    if (entry.needs == Needs::sms && sms_obstacle(state) != 0) return cms(sms_obstacle(state));
    return entry.run(state, command);
  }
  return error();
}

Answer small_setting(const Command& command, int& value, int min, int max) {
  if (command.form == Form::test) {
    return ok(command.name + ": (" + std::to_string(min) + "-" + std::to_string(max) + ")");
  }
  if (command.form == Form::read) return ok(command.name + ": " + std::to_string(value));
  if (command.form != Form::set) return error();
  const auto wanted = command.number(0, min);
  if (!wanted || *wanted < min || *wanted > max || command.arguments.size() > 1) return cme(cme_code::bad_parameter);
  value = *wanted;
  return ok();
}

std::string cme_text(int code) {
  switch (code) {
    case cme_code::not_allowed:
      return "operation not allowed";
    case cme_code::not_supported:
      return "operation not supported";
    case cme_code::no_sim:
      return "SIM not inserted";
    case cme_code::sim_pin:
      return "SIM PIN required";
    case cme_code::sim_puk:
      return "SIM PUK required";
    case cme_code::sim_failure:
      return "SIM failure";
    case cme_code::sim_busy:
      return "SIM busy";
    case cme_code::wrong_password:
      return "incorrect password";
    case cme_code::bad_parameter:
      return "Incorrect parameters";
    default:
      return "unknown";
  }
}

std::string cms_text(int code) {
  switch (code) {
    case cms_code::not_supported:
      return "operation not supported";
    case cms_code::invalid_pdu:
      return "invalid PDU mode parameter";
    case cms_code::no_sim:
      return "SIM not inserted";
    case cms_code::sim_pin:
      return "SIM PIN required";
    case cms_code::sim_failure:
      return "SIM failure";
    case cms_code::sim_busy:
      return "SIM busy";
    case cms_code::sim_puk:
      return "SIM PUK required";
    case cms_code::invalid_index:
      return "invalid memory index";
    case cms_code::memory_full:
      return "memory full";
    case cms_code::smsc_unknown:
      return "SMSC address unknown";
    case cms_code::no_network:
      return "no network service";
    case cms_code::nothing_to_acknowledge:
      return "no +CNMA acknowledgement expected";
    default:
      return "unknown error";
  }
}

}  // namespace modem_sim
