#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/random.hpp"
#include "relay/base/result.hpp"
#include "relay/base/time.hpp"
#include "tools/modem-sim/model/answer.hpp"
#include "tools/modem-sim/model/event.hpp"
#include "tools/modem-sim/model/state.hpp"

namespace modem_sim {

enum class Domain : std::uint8_t { circuit = 0, packet = 1, lte = 2 };  ///< +CREG, +CGREG, +CEREG

/// A GSM modem with a SIM and the network behind it, as a state machine: no input or output, no clock, no threads. The
/// owner feeds bytes and time and takes bytes and events; `modem-sim` does so over a PTY, the deterministic simulation
/// in virtual time. The same calls and the same random numbers give the same bytes.
///
/// Time never goes back: `now` of each call is at or after that of the one before.
class ModemModel {
 public:
  /// Starts up, registered and ready (or waiting for its PIN). `random` must outlive the model.
  ModemModel(ModemConfig config, relay::Random& random, relay::SteadyTime now);
  ModemModel(const ModemModel&) = delete;
  ModemModel& operator=(const ModemModel&) = delete;

  /// Bytes from the host. While it sends, hangs or boots, a modem takes none: they are lost.
  void receive(std::string_view bytes, relay::SteadyTime now);
  /// When `advance` has something to do next.
  [[nodiscard]] std::optional<relay::SteadyTime> next_wake() const;
  void advance(relay::SteadyTime now);
  /// What the modem has said since the last call.
  [[nodiscard]] std::string take_output() { return std::exchange(output_, {}); }
  [[nodiscard]] std::vector<Event> take_log() { return std::exchange(log_, {}); }

  /// False while the device is away: the owner takes its port away, too.
  [[nodiscard]] bool plugged() const { return plugged_; }
  /// The owner saw somebody open the port.
  void line_opened(relay::SteadyTime now);

  // What the world does to it.
  void inject(const Fault& fault, relay::SteadyTime now);
  void clear_faults(relay::SteadyTime now);
  /// A text for the SIM's number. Returns its number of parts. Errors: invalid_argument.
  [[nodiscard]] relay::Result<int> deliver(InboundText inbound, relay::SteadyTime now);
  [[nodiscard]] relay::Result<int> deliver_pdu(const std::string& hex, relay::SteadyTime now);
  /// A status report for the latest send with this reference. Errors: not_found.
  [[nodiscard]] relay::Result<int> report(int reference, int status, relay::SteadyTime now);
  void set_registration(std::optional<Domain> domain, int stat, relay::SteadyTime now);  ///< nullopt: all
  void restart(relay::SteadyTime now);
  void unplug(std::optional<relay::Millis> duration, relay::SteadyTime now);
  void plug(relay::SteadyTime now);

  [[nodiscard]] const ModemConfig& config() const { return state_.config; }
  void set_send_behaviour(const SendBehaviour& behaviour) { state_.config.send = behaviour; }
  void set_ussd(UssdBehaviour ussd) { state_.config.ussd = std::move(ussd); }
  /// The network says something by USSD that nobody asked for.
  void say_ussd(const std::string& text, relay::SteadyTime now);
  void set_signal_quality(int rssi) { state_.config.signal_quality = rssi; }
  void set_sim_capacity(int places, relay::SteadyTime now);

 private:
  enum class Phase : std::uint8_t { off, command, prompt, busy };
  /// What is undone by a restart (the modem's own doings) and what is not (the network's).
  enum class Whose : std::uint8_t { modem, network };
  struct Scheduled {
    Whose whose;
    std::move_only_function<void()> run;
  };
  enum class SendEnd : std::uint8_t { answered, silent, restarts };
  struct Sending {
    Submit submit;
    std::string pdu;
    std::optional<int> stored_place;
    bool accepted = true;
    SendEnd end = SendEnd::answered;
    int error = 0;             ///< +CMS ERROR, 0 for none
    relay::Millis silence{0};  ///< after a lost answer
  };
  struct Sent {
    std::int64_t number = 0;
    int reference = 0;
    std::string to;
    relay::SteadyTime at;
  };
  enum class Route : std::uint8_t { done, blocked };

  // modem_model.cpp: the line
  void at_time(relay::SteadyTime now);
  void take_command_octet(char octet);
  void take_prompt_octet(char octet);
  void run_line(std::string_view line);
  void finish_line(Answer answer);
  void after_command();
  void write_answer(const Answer& answer);
  [[nodiscard]] std::string final_text(const Answer& answer) const;
  void open_prompt(const OpenPrompt& prompt);
  void show_prompt();
  void finish_prompt();
  void emit(std::string_view bytes);
  void unasked(std::string_view line);
  [[nodiscard]] std::string random_bytes(int count);
  [[nodiscard]] bool hung() const {
    return state_.faults.holds(FaultKind::hang, now_) || state_.faults.holds(FaultKind::dead, now_);
  }
  std::optional<Fault> strike(FaultKind kind);
  void schedule(relay::Millis delay, Whose whose, std::move_only_function<void()> run);
  void note(std::string_view name, std::vector<std::pair<std::string_view, Event::Value>> fields = {});

  // sending.cpp: from a whole PDU to its answer and its reports
  void store_pdu();
  void send_from_storage(int place);
  void begin_send(Sending sending);
  void decide_outcome(Sending& sending);
  void finish_send(Sending sending);
  int accept(const Sending& sending);
  void schedule_reports(const Sent& sent, bool first_has_come);
  void report_now(const Sent& sent, int status);
  [[nodiscard]] relay::WallTime wall(relay::SteadyTime at) const;

  // network_side.cpp: what comes in, registration, restart
  void arrive(NetworkPdu pdu);
  void deliver_waiting();
  [[nodiscard]] bool reachable() const;
  Route route(const NetworkPdu& pdu);
  Route show(const NetworkPdu& pdu);
  Route keep(const NetworkPdu& pdu, MessageStore& store, bool indicate);
  void await_acknowledgement(const NetworkPdu& pdu);
  void indicate(std::string line);
  void announce_registration();
  void start_services();
  void boot();
  void switch_off();
  void start_fault(const Fault& fault);

  ModemState state_;
  relay::Random& random_;
  relay::SteadyTime now_;
  std::map<std::pair<relay::SteadyTime, std::uint64_t>, Scheduled> schedule_;
  std::uint64_t next_schedule_ = 0;

  Phase phase_ = Phase::command;
  bool plugged_ = true;
  std::uint64_t absences_ = 0;  ///< how often it was unplugged
  std::string line_;            ///< the command line so far; at most max_line
  std::string last_line_;       ///< for "A/"
  OpenPrompt prompt_;
  std::string typed_pdu_;  ///< at the prompt; at most max_pdu
  std::string output_;
  std::vector<Event> log_;

  int next_reference_;
  std::int64_t next_sent_ = 0;
  std::array<Sent, 256> sent_;  ///< the latest by TP-MR
  int next_concatenation_ = 1;
  std::deque<NetworkPdu> waiting_;    ///< in the network, for the modem
  std::deque<std::string> buffered_;  ///< indications held back by +CNMI mode 0
  std::array<int, 3> granted_registration_;
  std::array<int, 3> shown_registration_{};
  bool store_full_noted_ = false;
};

}  // namespace modem_sim
