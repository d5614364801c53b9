#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/busy_meter.hpp"
#include "firmware/modem/errand.hpp"
#include "firmware/modem/explain.hpp"
#include "firmware/modem/link.hpp"
#include "firmware/modem/mailbox.hpp"
#include "firmware/modem/pin_guard.hpp"
#include "firmware/modem/ports.hpp"
#include "firmware/modem/profiles/profile_library.hpp"
#include "firmware/modem/recovery.hpp"
#include "firmware/modem/report_desk.hpp"
#include "firmware/modem/send_pace.hpp"
#include "firmware/modem/send_queue.hpp"
#include "firmware/modem/sending_health.hpp"
#include "firmware/modem/settings.hpp"
#include "firmware/modem/sim_budget.hpp"
#include "firmware/modem/start_sequence.hpp"
#include "firmware/modem/status.hpp"
#include "firmware/modem/unsettled.hpp"
#include "hal/serial_port.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace modem {

/// Owns the modem's line from the start of the daemon to its end: opens it, starts the modem, carries the sends, takes
/// what comes, and brings it back when it falls silent, vanishes, or answers and sends nothing. One coroutine
/// converses; nothing is polled but the signal, once a minute.
class Session {
 public:
  Session(relay::Runtime runtime, Settings settings, ProfileLibrary profiles, hal::SerialPorts& serial_ports,
          ModemPorts ports);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Spawns the session into `group`, which is stopped before the session is destroyed.
  void start(relay::TaskGroup& group);

  /// Puts a job in line; false: the line is full. The job's `ended` tells its end.
  [[nodiscard]] bool enqueue(const SendJobPtr& job);
  /// send() leaves: a job that is not submitted will not be, one that is goes on in the background.
  void abandon(const SendJobPtr& job);

  /// A message turned out to be sent already: its attempts that still wait are not made, and end so.
  void drop_waiting(relay::MessageId message);

  /// A command by hand, which checked_command() has let pass. Errors: unavailable (no line, no answer), conflict
  /// (others wait already).
  [[nodiscard]] relay::Task<relay::Result<AtReply>> send_command(std::string text);
  /// Sends a USSD code, or answers the network's question, and waits for what the network says. Errors:
  /// invalid_argument, unavailable, conflict.
  [[nodiscard]] relay::Task<relay::Result<UssdReply>> ussd(std::string text);
  /// Ends the dialogue in which the network expects an answer.
  [[nodiscard]] relay::Task<relay::Result<UssdReply>> end_ussd();
  /// Takes this rung as soon as no message is at the modem; returns at once. `resync` runs the start again. Errors:
  /// unavailable (no line), conflict (one is asked for already, or this box cannot).
  [[nodiscard]] relay::Result<bool> ask_reset(Rung rung);

  [[nodiscard]] const ModemStatus& status() const { return status_; }
  [[nodiscard]] ModemStatus snapshot() const;
  /// Some parts of it went out here: the others belong to the same modem.
  [[nodiscard]] bool has_parts_of(relay::MessageId message) const { return parts_sent_.knows(message); }
  /// Attempts that it can use at a time.
  [[nodiscard]] int capacity() const { return pace_.attempts(); }
  /// Changes at least every few minutes while the session gets on: what the watchdog watches.
  [[nodiscard]] std::uint64_t turns() const { return turns_; }
  [[nodiscard]] int waiting() const { return static_cast<int>(queue_.size()) + (sending_ ? 1 : 0); }
  /// What stands in the way of sending, or what somebody should see to.
  [[nodiscard]] std::optional<Obstacle> obstacle() const;
  [[nodiscard]] std::optional<std::string> not_ready() const;
  void on_ready_changed(std::function<void()> listener) { ready_listeners_.push_back(std::move(listener)); }

 private:
  // session.cpp: the line, the start, what to do next
  [[nodiscard]] relay::Task<> run(relay::TaskGroup& group);
  [[nodiscard]] relay::Task<std::unique_ptr<hal::SerialPort>> open_line();
  [[nodiscard]] hal::SerialSettings line_settings() const;
  [[nodiscard]] relay::Task<> serve();
  [[nodiscard]] relay::Task<bool> bring_up();
  void started(const StartSequence& sequence, const std::string& iccid_before);
  [[nodiscard]] relay::Task<> work();
  void enter(Phase phase, std::string detail);
  void note_ready();
  [[nodiscard]] relay::TimelineTime timeline_now() const;

  // session_recovery.cpp: what is done about a modem that does not work
  [[nodiscard]] relay::Task<bool> recover();
  [[nodiscard]] relay::Task<> cure();
  [[nodiscard]] relay::Task<bool> take_rung(Rung rung);
  [[nodiscard]] relay::Task<bool> take_asked_reset();
  [[nodiscard]] relay::Task<> cycle_radio();
  [[nodiscard]] relay::Task<> restart_modem();
  [[nodiscard]] relay::Task<> reset_usb();
  [[nodiscard]] relay::Task<> cycle_power();
  [[nodiscard]] bool has_power_line() const;
  [[nodiscard]] bool can_cycle_power() const;
  [[nodiscard]] RecoveryLadder::Decision climb(Trouble trouble);
  void judge_send(const SendJob& job, relay::Outcome outcome);
  void take_down(relay::SteadyTime until);
  void note_alarm();

  // session_upkeep.cpp: what is done when the line is idle
  [[nodiscard]] relay::Task<> housekeeping();
  [[nodiscard]] relay::Task<> look_for_the_network();
  [[nodiscard]] relay::Task<> check_indications();
  [[nodiscard]] bool canary_due() const;
  [[nodiscard]] std::string canary_number() const;
  [[nodiscard]] relay::Task<> send_canary();
  [[nodiscard]] bool is_canary(const relay::outbox::InboundMessage& message) const;

  [[nodiscard]] relay::Task<> read_signal();
  [[nodiscard]] relay::Task<> read_network_time();
  void note_limit();
  [[nodiscard]] relay::Task<> recall_sim();
  [[nodiscard]] relay::Task<> keep_budget();
  [[nodiscard]] bool balance_due() const;

  // session_errands.cpp: what somebody asked for
  [[nodiscard]] relay::Task<bool> await_errand(ErrandPtr errand, relay::Millis limit);
  /// Why the line is not there; empty: it is.
  [[nodiscard]] std::string line_trouble() const;
  [[nodiscard]] relay::Result<ErrandPtr> new_errand(Errand::Kind kind, std::string text) const;
  [[nodiscard]] relay::Task<> do_errand();
  [[nodiscard]] relay::Task<> begin_ussd(ErrandPtr errand);
  [[nodiscard]] relay::Task<> close_ussd(std::string why);
  void finish_ussd(relay::Result<UssdReply> reply);
  void take_ussd_line(std::string_view line);
  void note_balance(const relay::Result<UssdReply>& reply);
  void fail_errands(const std::string& why);

  // session_news.cpp: what comes unasked
  /// True: the modem has restarted.
  [[nodiscard]] bool take_unsolicited(const at::Incoming& incoming);
  [[nodiscard]] bool is_restart(std::string_view line);
  void take_report(const tpdu::StatusReport& report);
  [[nodiscard]] relay::Task<> deliver_reports();
  void settle_as_sent(UnsettledPart part, int ref);
  void settle_as_not_sent(const UnsettledPart& part);
  [[nodiscard]] relay::Task<> check_stored();

  // session_send.cpp: jobs from the line in front of the modem to their results
  [[nodiscard]] relay::Task<> transmit(SendJobPtr job);
  [[nodiscard]] relay::Task<relay::providers::SendResult> transmit_parts(SendJobPtr job);
  [[nodiscard]] relay::Task<relay::providers::SendResult> transmit_part(SendJobPtr job, std::size_t part);
  [[nodiscard]] relay::Task<at::Final> submit(SendJobPtr job, std::size_t part);
  [[nodiscard]] relay::Task<at::Final> submit_from_store(SendJobPtr job, std::size_t part);
  [[nodiscard]] at::SendExchange::Request send_request(const SendJob& job, std::size_t part) const;
  void part_ended(SendJob& job, std::size_t part, relay::Outcome outcome);
  void finish(const SendJobPtr& job, relay::providers::SendResult result);
  void tell_late(LateAnswer answer);
  void fail_waiting();

  relay::Runtime runtime_;
  Settings settings_;
  ProfileLibrary profiles_;
  hal::SerialPorts& serial_ports_;
  ModemPorts ports_;
  ModemStatus status_;
  relay::Notification wake_;
  relay::Notification reports_changed_;
  std::uint64_t turns_ = 0;  ///< Pieces of work, and tries to open the line.
  SendQueue queue_;
  std::deque<relay::MessageId> proven_;  ///< The latest messages of which a late answer proved that they are out.
  ReportDesk reports_;
  UnsettledParts unsettled_;
  PartsSent parts_sent_;
  SendingHealth health_;
  RecoveryLadder ladder_;
  OpenBackoff backoff_;
  PinGuard pin_guard_;
  SimBudget budget_;
  std::string budget_iccid_;  ///< The SIM that budget_ is about.
  relay::Notification budget_changed_;
  BusyMeter busy_;
  SendPace pace_;
  std::deque<ErrandPtr> errands_;
  ErrandPtr ussd_;                  ///< Its answer is awaited.
  relay::SteadyTime ussd_until_{};  ///< With ussd_ or ussd_open_.
  bool ussd_open_ = false;          ///< The network expects an answer.
  UssdReader ussd_reader_;
  std::string charset_;  ///< As last set by +CSCS in this start; empty: the modem's own.
  std::optional<Rung> asked_reset_;
  relay::SteadyTime next_balance_{};
  const Profile* profile_;                ///< In use; of profiles_.
  std::optional<hal::UsbPort> usb_;       ///< Where the modem was last seen on USB.
  std::unique_ptr<Mailbox> mailbox_;      ///< From start() on.
  std::shared_ptr<Link> link_;            ///< While a line is open.
  std::string boot_mark_;                 ///< The last "^BOOT:" seen: some sticks repeat it all the time.
  std::string indications_;               ///< What +CNMI must say.
  std::optional<Trouble> trouble_;        ///< With a modem that answers.
  bool sending_ = false;                  ///< A message is at the modem.
  bool extended_signal_refused_ = false;  ///< AT+CESQ is not supported.
  bool must_start_ = true;                ///< The start sequence is due.
  bool keeps_link_refused_ = false;       ///< AT+CMMS is not supported.
  bool signal_due_ = false;
  bool was_ready_ = false;
  bool mail_turn_ = false;
  bool on_probation_ = false;  ///< It was taken down, and nothing has gone out since.
  relay::Millis down_time_;    ///< Of the next time that it is taken down.
  relay::SteadyTime next_housekeeping_{};
  relay::SteadyTime next_sweep_{};
  relay::SteadyTime next_time_{};  ///< When the network's time is asked for next.
  relay::SteadyTime next_registration_rung_{};
  relay::SteadyTime last_proof_;  ///< Of sending, or the begin of the session.
  std::string canary_text_;       ///< Of the last one sent.
  std::vector<std::function<void()>> ready_listeners_;
};

}  // namespace modem
