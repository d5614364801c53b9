#include "tools/modem-sim/model/commands.hpp"

/// The SIM: identity, PIN and PUK (27.007 clauses 5.7, 8.3, 8.65).
namespace modem_sim {
namespace {

constexpr int all_pin_tries = 3;

Answer lock_state(const ModemState& state) {
  if (!state.sim.present) return cme(cme_code::no_sim);
  if (state.sim_busy()) return cme(cme_code::sim_busy);
  switch (state.sim.lock) {
    case SimLock::ready:
      return ok("+CPIN: READY");
    case SimLock::pin:
      return ok("+CPIN: SIM PIN");
    case SimLock::puk:
      return ok("+CPIN: SIM PUK");
    case SimLock::blocked:
      break;
  }
  return cme(cme_code::sim_failure);
}

Answer unlocked(Sim& sim) {
  sim.lock = SimLock::ready;
  sim.pin_tries = all_pin_tries;
  Answer answer;
  answer.next = StartServices{};
  return answer;
}

Answer try_pin(Sim& sim, const std::string& pin) {
  if (pin == sim.pin) return unlocked(sim);
  if (--sim.pin_tries == 0) sim.lock = SimLock::puk;
  return cme(sim.lock == SimLock::puk ? cme_code::sim_puk : cme_code::wrong_password);
}

Answer try_puk(Sim& sim, const std::string& puk, const std::string& new_pin) {
  if (new_pin.size() < 4 || new_pin.size() > 8) return cme(cme_code::bad_parameter);
  if (puk == sim.puk) {
    sim.pin = new_pin;
    sim.puk_tries = 10;
    return unlocked(sim);
  }
  if (--sim.puk_tries == 0) sim.lock = SimLock::blocked;
  return cme(sim.lock == SimLock::blocked ? cme_code::sim_failure : cme_code::wrong_password);
}

}  // namespace

Answer imsi(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  return command.form == Form::execute ? ok(state.config.imsi) : error();
}

Answer iccid(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  if (!state.sim.present) return cme(cme_code::no_sim);
  return ok(command.name + ": " + state.config.iccid);
}

/// 27.007 clause 7.1.
Answer own_number(ModemState& state, const Command& command) {
  if (command.form == Form::test || state.config.own_number.empty()) return ok();
  const auto& number = state.config.own_number;
  return ok("+CNUM: \"\",\"" + number + "\"," + (number.starts_with('+') ? "145" : "129"));
}

Answer enter_pin(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  if (command.form == Form::read) return lock_state(state);
  if (command.form != Form::set || command.arguments.size() > 2) return error();
  if (!state.sim.present) return cme(cme_code::no_sim);
  if (state.sim_busy()) return cme(cme_code::sim_busy);
  const bool with_puk = command.arguments.size() == 2;
  switch (state.sim.lock) {
    case SimLock::ready:
      return cme(cme_code::not_allowed);
    case SimLock::pin:
      return with_puk ? cme(cme_code::wrong_password) : try_pin(state.sim, command.arguments[0]);
    case SimLock::puk:
      return with_puk ? try_puk(state.sim, command.arguments[0], command.arguments[1]) : cme(cme_code::sim_puk);
    case SimLock::blocked:
      break;
  }
  return cme(cme_code::sim_failure);
}

Answer remaining_tries(ModemState& state, const Command& command) {
  if (command.form == Form::test) return ok();
  if (!state.sim.present) return cme(cme_code::no_sim);
  Answer answer;
  answer.lines = {"+CPINR: SIM PIN," + std::to_string(state.sim.pin_tries) + ",3",
                  "+CPINR: SIM PUK," + std::to_string(state.sim.puk_tries) + ",10"};
  return answer;
}

}  // namespace modem_sim
