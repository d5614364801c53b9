#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "relay/base/time.hpp"
#include "tools/modem-sim/model/config.hpp"
#include "tools/modem-sim/model/faults.hpp"
#include "tools/modem-sim/model/network_pdu.hpp"
#include "tools/modem-sim/model/storage.hpp"

namespace modem_sim {

/// What a restart, ATZ and AT&F set back.
struct Settings {
  bool echo = true;
  bool verbose = true;                        ///< ATV
  bool quiet = false;                         ///< ATQ
  int error_mode = 0;                         ///< +CMEE
  std::array<int, 3> registration_reports{};  ///< <n> of +CREG, +CGREG, +CEREG
  std::array<int, 5> indications{};           ///< +CNMI: mode, mt, bm, ds, bfr
  int service = 0;                            ///< +CSMS
  int more_messages = 0;                      ///< +CMMS
  int bearer = 3;                             ///< +CGSMS
  int operator_format = 0;                    ///< +COPS
  std::string character_set = "IRA";          ///< +CSCS
};

/// 3GPP TS 27.007 clause 8.3, the answers of +CPIN?.
enum class SimLock : std::uint8_t { ready, pin, puk, blocked };

struct Sim {
  bool present = true;
  SimLock lock = SimLock::ready;
  std::string pin;
  std::string puk;
  int pin_tries = 3;
  int puk_tries = 10;
};

/// All that commands read and change. Owned by ModemModel.
struct ModemState {
  explicit ModemState(ModemConfig with)
      : config(std::move(with)), storage(config.sim_capacity, config.device_capacity), smsc(config.smsc) {}

  ModemConfig config;
  Settings settings;
  Sim sim;
  Storage storage;
  FaultSet faults;
  std::string smsc;
  int functionality = 1;                 ///< +CFUN
  bool deregistered_by_command = false;  ///< +COPS=2
  bool sms_ready = true;
  bool ussd_open = false;                              ///< The network waits for an answer.
  std::string last_ussd;                               ///< What the host asked for last, as text.
  std::array<int, 3> network_registration{};           ///< <stat> that the network grants, for +CREG, +CGREG, +CEREG
  std::optional<NetworkPdu> awaiting_acknowledgement;  ///< shown as +CMT or +CDS, +CNMA not yet seen
  std::uint64_t acknowledged = 0;                      ///< counts +CNMA
  relay::SteadyTime now;                               ///< of the command that runs

  [[nodiscard]] bool sim_busy() const { return faults.holds(FaultKind::sim_busy, now); }
  [[nodiscard]] bool sim_usable() const { return sim.present && sim.lock == SimLock::ready; }
  /// <stat> as shown: 0 while the radio is off or the SIM is locked.
  [[nodiscard]] int registration(std::size_t domain) const {
    const bool searching = functionality == 1 && !deregistered_by_command && sim_usable();
    return searching ? network_registration[domain] : 0;
  }
  /// Whether SMS can go out: registered in any domain (27.007 clause 10.1.20 lists which values mean so).
  [[nodiscard]] bool registered() const {
    for (std::size_t domain = 0; domain < 3; ++domain) {
      const int stat = registration(domain);
      if (stat == 1 || (stat >= 5 && stat <= 7) || stat == 9 || stat == 10) return true;
    }
    return false;
  }
};

}  // namespace modem_sim
