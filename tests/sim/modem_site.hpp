#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "hal/sim/serial_line.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/stream.hpp"
#include "tools/modem-sim/model/modem_model.hpp"

namespace sim {

class Boot;
class World;

/// A modem on one of the box's serial lines, its SIM and the mobile network. It lives through the daemon's deaths and
/// starts anew with the machine's power.
class ModemSite {
 public:
  /// `index` from 0 names its line, its SIM and its stream of random numbers.
  ModemSite(World& world, std::size_t index);
  ModemSite(const ModemSite&) = delete;
  ModemSite& operator=(const ModemSite&) = delete;

  /// Some runs have no modem, and most have one.
  [[nodiscard]] bool plays() const;

  void box_started(Boot& boot);
  void box_gone() { boot_ = nullptr; }
  void power_cut();

  void inject(const modem_sim::Fault& fault);
  /// The network has a PDU for the SIM's number.
  void receive(const std::string& hex);
  void set_behaviour(const modem_sim::SendBehaviour& behaviour);
  /// No more faults; what was unplugged is plugged in again.
  void all_well();
  /// Since when it would take and send a message, as far as the world is concerned.
  [[nodiscard]] std::optional<WorldTime> well_since() const;

 private:
  void pump();
  void schedule();
  void take_event(const modem_sim::Event& event);
  void reported(std::size_t number);
  void heard(std::string_view bytes);
  void accepted(const modem_sim::Acceptance& acceptance);
  void spoke(std::string_view bytes);

  [[nodiscard]] hal::SimSerialLine& line() const;

  World& world_;
  std::size_t index_;
  Stream stream_;
  modem_sim::ModemModel model_;
  Boot* boot_ = nullptr;
  std::optional<WorldTime> wake_;
  /// What the network took: a part of a message, or the whole.
  struct Part {
    std::size_t item = 0;
    int concatenation = -1;  ///< Reference of its parts; two copies of a message may have different ones.
    int sequence = 1;
    int total = 1;  ///< 0: a canary.
  };
  std::vector<Part> parts_;                                              ///< By number of acceptance.
  std::map<std::pair<std::size_t, int>, std::set<int>> reported_parts_;  ///< By item and concatenation.
  std::string typed_;                                                    ///< At the prompt: the PDU so far.
  std::optional<std::size_t> typed_send_;                                ///< The send whose PDU was typed last.
  bool refusal_due_ = false;                    ///< The modem is about to say why it did not send.
  std::optional<std::size_t> awaiting_answer_;  ///< The send whose "+CMGS: n" and OK have not been said yet.
  int awaited_reference_ = 0;
  std::string said_;  ///< Since the acceptance.
  bool disturbed_ = false;
  int armed_ = 0;  ///< Faults that wait for their moment.
  WorldTime trouble_until_{};
};

}  // namespace sim
