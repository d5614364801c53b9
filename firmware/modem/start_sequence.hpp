#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "firmware/modem/link.hpp"
#include "firmware/modem/settings.hpp"
#include "firmware/modem/status.hpp"

namespace modem {

/// Remembers which SIM refused (or may have refused) the configured PIN, so that one process never burns more than one
/// try a SIM.
class PinGuard {
 public:
  /// May the PIN be entered into this SIM? `tries_left` -1: the modem does not say.
  [[nodiscard]] bool may_try(const std::string& iccid, int tries_left) const {
    return !tried_.contains(iccid) && (tries_left < 0 || tries_left >= 2);
  }
  void tried(const std::string& iccid) { tried_.insert(iccid); }
  void succeeded(const std::string& iccid) { tried_.erase(iccid); }

 private:
  std::set<std::string> tried_;
};

/// How a start ended.
struct StartResult {
  enum class Kind : std::uint8_t {
    ready,
    failed,   ///< No answer, or a setting that must be taken was refused: recover.
    blocked,  ///< The modem answers, but a person is needed.
  };
  Kind kind = Kind::ready;
  std::string reason;  ///< A clause for a person.
};

/// What the start found out and the session must know.
struct MessageService {
  std::string memory;  ///< mem1 as last selected; empty: the modem's own choice.
  std::vector<std::string>
      memories;             ///< All that may hold received messages, the own one first; empty: the modem's own choice.
  std::string indications;  ///< The +CNMI setting that was taken; empty: none was.
  bool needs_acknowledge = false;  ///< +CSMS=1 with +CMT handed over directly: each needs +CNMA.
};

/// From "the line is open" to "messages can go out" (facts/modem.md 2.1). A refused optional step is noted in the log,
/// a refused necessary one ends it. Run again after every restart of the modem: settings are lost then.
class StartSequence {
 public:
  StartSequence(relay::Runtime runtime, Link& link, const Settings& settings, ModemStatus& status, PinGuard& pin_guard)
      : runtime_(std::move(runtime)), link_(link), settings_(settings), status_(status), pin_guard_(pin_guard) {}

  [[nodiscard]] relay::Task<StartResult> run();
  [[nodiscard]] const MessageService& service() const { return service_; }

 private:
  [[nodiscard]] relay::Task<bool> greet();
  [[nodiscard]] relay::Task<> identify();
  [[nodiscard]] relay::Task<StartResult> unlock();
  [[nodiscard]] relay::Task<StartResult> enter_pin();
  [[nodiscard]] relay::Task<int> tries_left();
  [[nodiscard]] relay::Task<> switch_on();
  [[nodiscard]] relay::Task<> read_sim();
  [[nodiscard]] relay::Task<> await_message_service();
  [[nodiscard]] relay::Task<StartResult> set_up_messages();
  [[nodiscard]] relay::Task<> choose_memory();
  [[nodiscard]] relay::Task<> set_service_centre();
  [[nodiscard]] relay::Task<> negotiate_indications();
  [[nodiscard]] relay::Task<> watch_network();
  /// A command whose refusal is noted and changes nothing.
  [[nodiscard]] relay::Task<at::Answer> optional(std::string text);
  [[nodiscard]] relay::Task<> pause(relay::Millis duration);

  relay::Runtime runtime_;
  Link& link_;
  const Settings& settings_;
  ModemStatus& status_;
  PinGuard& pin_guard_;
  MessageService service_;
};

/// Takes +CREG, +CGREG, +CEREG (asked or unasked) into the status. True when registered() or a state changed.
bool note_registration(ModemStatus& status, std::string_view line);

}  // namespace modem
