#include "relay/program/daemon.hpp"

#include <csignal>
#include <utility>

#include <asio/use_awaitable.hpp>

namespace relay::program {
namespace {

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;

}  // namespace

Daemon::Daemon(Runtime runtime, log::SpdlogLog& log, const Program& program, std::string settings_file)
    : runtime_(runtime),
      log_(log),
      program_(program),
      settings_file_(std::move(settings_file)),
      signals_(runtime.executor, SIGTERM, SIGINT, SIGHUP),
      tasks_(runtime) {}

Task<int> Daemon::run(config::Document document) {
  for (const auto& warning : document.warnings()) runtime_.log.warning("settings", {{"warning", warning}});
  auto made = program_.make(runtime_, std::move(document));
  if (!made) {
    runtime_.log.error("start_failed", {{"reason", made.error().message}});
    co_return exit_failed;
  }
  service_ = std::move(*made);
  // SIGTERM to ourselves: the one way to end, whoever wishes it.
  service_->connect({.reload = [this] { return reload(); }, .restart = [] { std::raise(SIGTERM); }});
  auto started = co_await service_->start();
  if (!started) {
    runtime_.log.error("start_failed", {{"reason", started.error().message}});
    co_await service_->stop();
    co_return exit_failed;
  }
  manager_.ready();
  tasks_.spawn("daemon.watchdog", feed_watchdog());
  const int signal = co_await wait_for_signal();
  runtime_.log.info("stopping", {{"signal", signal}});
  manager_.stopping();
  co_await tasks_.stop();
  co_await service_->stop();
  runtime_.log.info("stopped");
  co_return exit_ok;
}

Task<int> Daemon::wait_for_signal() {
  while (true) {
    const int signal = co_await signals_.async_wait(asio::use_awaitable);
    if (signal != SIGHUP) co_return signal;
    manager_.reloading(runtime_.clock.steady());
    [[maybe_unused]] const auto reloaded = reload();  // it logs what is wrong
    manager_.ready();
  }
}

/// A settings file that is wrong changes nothing: the old settings stay, and the log says what is wrong and where.
Result<std::vector<std::string>> Daemon::reload() {
  auto document = config::Document::load(settings_file_, program_.tables);
  if (!document) {
    runtime_.log.error("settings_refused", {{"reason", document.error().message}, {"kept", "the settings in effect"}});
    return std::unexpected(document.error());
  }
  log_.configure(log::options_from(document->section("log")));
  return service_->reload(*document);
}

/// Fed only by proof that the service works: a process that merely exists is not alive.
Task<> Daemon::feed_watchdog() {
  const Millis interval = manager_.watchdog_interval();
  if (interval <= Millis{0}) co_return;
  while (true) {
    const auto proof = co_await service_->prove_alive();
    if (proof) {
      manager_.alive();
    } else {
      runtime_.log.error("watchdog_not_fed", {{"reason", proof.error().message}});
    }
    co_await sleep_for(runtime_, interval / 3);
  }
}

}  // namespace relay::program
