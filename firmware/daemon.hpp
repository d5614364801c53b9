#pragma once

#include <memory>
#include <string>

#include <asio/signal_set.hpp>

#include "firmware/appliance.hpp"
#include "firmware/linux_platform.hpp"
#include "firmware/service_manager.hpp"
#include "relay/log/spdlog_log.hpp"

namespace firmware {

/// The appliance as a process: starts it, listens to signals (SIGHUP reloads, SIGTERM and SIGINT stop), feeds the
/// watchdog.
class Daemon {
 public:
  Daemon(relay::Runtime runtime, relay::log::SpdlogLog& log, std::string settings_file);

  /// Lives as long as the process. Returns its exit status.
  [[nodiscard]] relay::Task<int> run(relay::config::Document document);

 private:
  relay::Task<> feed_watchdog();
  relay::Task<int> wait_for_signal();
  relay::Result<std::vector<std::string>> reload();

  relay::Runtime runtime_;
  relay::log::SpdlogLog& log_;
  std::string settings_file_;
  ServiceManager manager_;
  asio::signal_set signals_;
  LinuxPlatform platform_;
  std::unique_ptr<Appliance> appliance_;
  relay::TaskGroup tasks_;
};

}  // namespace firmware
