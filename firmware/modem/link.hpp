#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "firmware/modem/at/exchange.hpp"
#include "firmware/modem/at/receiver.hpp"
#include "hal/serial_port.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace modem {

/// One open line with the dialogue on it. One coroutine reads (`listen`), one converses; lines that belong to no
/// exchange go to the listener for unasked lines, in order. Owns the port.
class Link {
 public:
  /// Hears each unasked line; true: it says that the modem has restarted, so the exchange under way is over.
  using Unsolicited = std::function<bool(const at::Incoming&)>;

  /// `wake` is notified whenever something came; it outlives the link.
  Link(relay::Runtime runtime, std::unique_ptr<hal::SerialPort> port, relay::Notification& wake,
       relay::Millis command_gap, Unsolicited unsolicited);

  /// Reads until the line is lost or closed. Keeps the link alive by itself: spawn it and forget it.
  [[nodiscard]] static relay::Task<> listen(std::shared_ptr<Link> link);

  /// Carries one exchange through to its end. `after_step` sees the exchange after each step, before its bytes go out.
  [[nodiscard]] relay::Task<> converse(at::Exchange& exchange, std::function<void()> after_step = nullptr);
  /// A line that is lost or out of sync answers at once, with that.
  [[nodiscard]] relay::Task<at::Answer> command(std::string text);
  [[nodiscard]] relay::Task<at::Answer> command(at::Command command);
  void set_command_gap(relay::Millis gap) { command_gap_ = gap; }
  /// ESC, CR, AT: true when the modem answers (again).
  [[nodiscard]] relay::Task<bool> resync();

  /// Gives what came unasked to the listener, without waiting.
  void hand_over_unsolicited();
  /// Listens only, until `deadline` or until `enough` says so.
  [[nodiscard]] relay::Task<> listen_until(relay::SteadyTime deadline, std::function<bool()> enough);

  void close();
  [[nodiscard]] bool lost() const { return lost_; }
  /// The line's own word on why it was lost; empty: it said none.
  [[nodiscard]] const std::string& loss() const { return loss_; }
  /// The modem owes an answer: nothing but `resync` helps.
  [[nodiscard]] bool out_of_sync() const { return out_of_sync_; }
  void mark_out_of_sync() { out_of_sync_ = true; }

 private:
  static constexpr std::size_t max_inbox = 2048;  ///< Lines; a modem that floods loses what is over.

  [[nodiscard]] relay::Task<bool> write(std::string bytes);
  [[nodiscard]] relay::Task<at::Step> next_step(at::Exchange& exchange, relay::SteadyTime deadline);
  [[nodiscard]] at::Incoming take_incoming();

  relay::Runtime runtime_;
  std::unique_ptr<hal::SerialPort> port_;
  relay::Notification& wake_;
  relay::Millis command_gap_;
  Unsolicited unsolicited_;
  at::Receiver receiver_;
  std::deque<at::Incoming> inbox_;
  relay::SteadyTime last_exchange_end_{};
  bool lost_ = false;
  std::string loss_;
  bool out_of_sync_ = false;
};

}  // namespace modem
