#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/any_io_executor.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "relay/base/clock.hpp"
#include "relay/base/result.hpp"
#include "relay/base/timer_queue.hpp"
#include "tools/modem-sim/journal.hpp"
#include "tools/modem-sim/model/ledger.hpp"
#include "tools/modem-sim/model/modem_model.hpp"
#include "tools/modem-sim/pseudo_terminal.hpp"

namespace modem_sim {

/// Gives a ModemModel a PTY and real time. One loop thread; must outlive the loop's last turn.
class Host {
 public:
  Host(asio::any_io_executor executor, const relay::Clock& clock, relay::TimerQueue& timers, relay::Random& random,
       ModemConfig config, std::string link, Journal journal);

  /// Opens the PTY and makes the link. Returns the PTY's path.
  [[nodiscard]] relay::Result<std::string> start();
  /// Closes all and removes the link; then the loop runs dry.
  void stop();

  [[nodiscard]] ModemModel& model() { return model_; }
  [[nodiscard]] const Ledger& ledger() const { return ledger_; }
  [[nodiscard]] relay::SteadyTime now() const { return clock_.steady(); }
  /// To be called after each call to the model: moves its output, events, plug and next wake to where they belong.
  void settle();

 private:
  relay::Result<std::string> open_line();
  void close_line();
  void read_line();
  void watch_users();
  void count_users();
  void write_line();
  void arm_wake();

  asio::any_io_executor executor_;
  const relay::Clock& clock_;
  relay::TimerQueue& timers_;
  ModemModel model_;
  Ledger ledger_;
  Journal journal_;
  std::string link_;
  bool stopped_ = false;

  /// What lives from plug to unplug. Handlers hold it, so that one which comes late meets its own line and not the
  /// next.
  struct Line {
    PseudoTerminal terminal;
    asio::posix::stream_descriptor master;
    std::optional<OpenWatch> watch;  ///< None where inotify does not work: then somebody is taken to be there.
    asio::posix::stream_descriptor watch_wait;  ///< a duplicate of the watch's descriptor
    int users = 0;
    std::array<char, 8192> input{};
    std::string unsent;   ///< at most max_unsent
    std::string sending;  ///< the write under way
    bool closed = false;
  };
  std::shared_ptr<Line> line_;
  std::optional<relay::TimerQueue::Handle> wake_;
  std::optional<relay::SteadyTime> wake_at_;
};

}  // namespace modem_sim
