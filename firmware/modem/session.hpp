#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/modem/link.hpp"
#include "firmware/modem/mailbox.hpp"
#include "firmware/modem/ports.hpp"
#include "firmware/modem/recovery.hpp"
#include "firmware/modem/report_desk.hpp"
#include "firmware/modem/send_queue.hpp"
#include "firmware/modem/settings.hpp"
#include "firmware/modem/start_sequence.hpp"
#include "firmware/modem/status.hpp"
#include "hal/serial_port.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace modem {

/// Owns the modem's line from the start of the daemon to its end: opens it, starts the modem, carries the sends, takes
/// what comes, and brings it back when it falls silent or vanishes. One coroutine converses; nothing is polled but the
/// signal, once a minute.
class Session {
 public:
  Session(relay::Runtime runtime, Settings settings, hal::SerialPorts& serial_ports, ModemPorts ports);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Spawns the session into `group`, which is stopped before the session is destroyed.
  void start(relay::TaskGroup& group);

  /// Puts a job in line; false: the line is full. The job's `ended` tells its end.
  [[nodiscard]] bool enqueue(const SendJobPtr& job);
  /// send() leaves: a job that is not submitted will not be, one that is goes on in the background.
  void abandon(const SendJobPtr& job);

  [[nodiscard]] const ModemStatus& status() const { return status_; }
  [[nodiscard]] std::optional<std::string> not_ready() const;
  void on_ready_changed(std::function<void()> listener) { ready_listeners_.push_back(std::move(listener)); }

 private:
  [[nodiscard]] relay::Task<> run(relay::TaskGroup& group);
  [[nodiscard]] relay::Task<std::unique_ptr<hal::SerialPort>> open_line();
  [[nodiscard]] relay::Task<> serve();
  [[nodiscard]] relay::Task<bool> bring_up();
  [[nodiscard]] relay::Task<bool> recover();
  [[nodiscard]] relay::Task<> restart_modem();
  [[nodiscard]] relay::Task<> work();
  [[nodiscard]] relay::Task<> housekeeping();
  [[nodiscard]] relay::Task<> deliver_reports();

  [[nodiscard]] relay::Task<> transmit(SendJobPtr job);
  [[nodiscard]] relay::Task<relay::providers::SendResult> transmit_parts(SendJobPtr job);
  [[nodiscard]] relay::Task<relay::providers::SendResult> transmit_part(SendJobPtr job, std::size_t part);
  void finish(const SendJobPtr& job, relay::providers::SendResult result);
  void fail_waiting();

  /// True: the modem has restarted.
  [[nodiscard]] bool take_unsolicited(const at::Incoming& incoming);
  [[nodiscard]] bool is_restart(std::string_view line);
  void take_report(const tpdu::StatusReport& report);
  void enter(Phase phase, std::string detail);
  void note_ready();

  relay::Runtime runtime_;
  Settings settings_;
  hal::SerialPorts& serial_ports_;
  ModemPorts ports_;
  ModemStatus status_;
  relay::Notification wake_;
  relay::Notification reports_changed_;
  SendQueue queue_;
  ReportDesk reports_;
  RecoveryLadder ladder_;
  OpenBackoff backoff_;
  PinGuard pin_guard_;
  std::unique_ptr<Mailbox> mailbox_;  ///< From start() on.
  std::shared_ptr<Link> link_;        ///< While a line is open.
  std::string boot_mark_;             ///< The last "^BOOT:" seen: some sticks repeat it all the time.
  std::string indications_;           ///< What +CNMI must say.
  bool must_start_ = true;            ///< The start sequence is due.
  bool keeps_link_refused_ = false;   ///< AT+CMMS is not supported.
  bool signal_due_ = false;
  bool was_ready_ = false;
  bool mail_turn_ = false;
  relay::SteadyTime next_housekeeping_{};
  relay::SteadyTime next_sweep_{};
  std::vector<std::function<void()>> ready_listeners_;
};

}  // namespace modem
