#pragma once

#include <memory>
#include <string>
#include <vector>

#include <asio/signal_set.hpp>

#include "relay/log/spdlog_log.hpp"
#include "relay/program/program.hpp"
#include "relay/program/service_manager.hpp"

namespace relay::program {

/// A service as a process: starts it, listens to signals (SIGHUP reloads, SIGTERM and SIGINT stop), feeds the
/// watchdog.
class Daemon {
 public:
  /// `program` and `log` outlive the daemon.
  Daemon(Runtime runtime, log::SpdlogLog& log, const Program& program, std::string settings_file);

  /// Lives as long as the process. Returns its exit status.
  [[nodiscard]] Task<int> run(config::Document document);

 private:
  Task<> feed_watchdog();
  Task<int> wait_for_signal();
  Result<std::vector<std::string>> reload();

  Runtime runtime_;
  log::SpdlogLog& log_;
  const Program& program_;
  std::string settings_file_;
  ServiceManager manager_;
  asio::signal_set signals_;
  std::unique_ptr<Service> service_;
  TaskGroup tasks_;
};

}  // namespace relay::program
