#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/explain.hpp"
#include "firmware/modem/link.hpp"
#include "firmware/modem/mailbox.hpp"
#include "firmware/modem/pin_guard.hpp"
#include "firmware/modem/ports.hpp"
#include "firmware/modem/profiles/profile_library.hpp"
#include "firmware/modem/recovery.hpp"
#include "firmware/modem/report_desk.hpp"
#include "firmware/modem/send_queue.hpp"
#include "firmware/modem/sending_health.hpp"
#include "firmware/modem/settings.hpp"
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

  [[nodiscard]] const ModemStatus& status() const { return status_; }
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

  // session_recovery.cpp: what is done about a modem that does not work
  [[nodiscard]] relay::Task<bool> recover();
  [[nodiscard]] relay::Task<> cure();
  [[nodiscard]] relay::Task<bool> take_rung(Rung rung);
  [[nodiscard]] relay::Task<> cycle_radio();
  [[nodiscard]] relay::Task<> restart_modem();
  [[nodiscard]] relay::Task<> reset_usb();
  [[nodiscard]] relay::Task<> cycle_power();
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
  void fail_waiting();

  relay::Runtime runtime_;
  Settings settings_;
  ProfileLibrary profiles_;
  hal::SerialPorts& serial_ports_;
  ModemPorts ports_;
  ModemStatus status_;
  relay::Notification wake_;
  relay::Notification reports_changed_;
  SendQueue queue_;
  ReportDesk reports_;
  UnsettledParts unsettled_;
  PartsSent parts_sent_;
  SendingHealth health_;
  RecoveryLadder ladder_;
  OpenBackoff backoff_;
  PinGuard pin_guard_;
  const Profile* profile_;            ///< In use; of profiles_.
  std::optional<hal::UsbPort> usb_;   ///< Where the modem was last seen on USB.
  std::unique_ptr<Mailbox> mailbox_;  ///< From start() on.
  std::shared_ptr<Link> link_;        ///< While a line is open.
  std::string boot_mark_;             ///< The last "^BOOT:" seen: some sticks repeat it all the time.
  std::string indications_;           ///< What +CNMI must say.
  std::optional<Trouble> trouble_;    ///< With a modem that answers.
  bool must_start_ = true;            ///< The start sequence is due.
  bool keeps_link_refused_ = false;   ///< AT+CMMS is not supported.
  bool signal_due_ = false;
  bool was_ready_ = false;
  bool mail_turn_ = false;
  bool on_probation_ = false;  ///< It was taken down, and nothing has gone out since.
  relay::Millis down_time_;    ///< Of the next time that it is taken down.
  relay::SteadyTime next_housekeeping_{};
  relay::SteadyTime next_sweep_{};
  relay::SteadyTime next_registration_rung_{};
  relay::SteadyTime last_proof_;  ///< Of sending, or the begin of the session.
  std::string canary_text_;       ///< Of the last one sent.
  std::string alarm_;             ///< Kind of the one that is raised; empty: none.
  std::vector<std::function<void()>> ready_listeners_;
};

}  // namespace modem
