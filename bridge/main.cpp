#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "bridge/program.hpp"
#include "relay/base/system_runtime.hpp"
#include "relay/log/spdlog_log.hpp"
#include "relay/program/command_line.hpp"
#include "relay/program/daemon.hpp"

int main(int argc, char** argv) {
  const auto program = bridge::program();
  auto command = relay::program::read_command_line(program, argc, argv);
  if (command.exit_status) return *command.exit_status;

  asio::io_context loop(1);
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers(loop.get_executor(), clock);
  auto log_options = relay::log::options_from(command.document->section("log"));
  log_options.journal = relay::log::stderr_is_journal();
  relay::log::SpdlogLog log(clock, log_options);
  const relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};

  relay::program::Daemon daemon(runtime, log, program, command.settings_file);
  int status = 1;
  asio::co_spawn(loop, daemon.run(std::move(*command.document)), [&](std::exception_ptr error, int exit_status) {
    if (error) std::rethrow_exception(error);
    status = exit_status;
    loop.stop();
  });
  loop.run();
  return status;
}
