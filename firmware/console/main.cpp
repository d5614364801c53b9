#include <iostream>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "firmware/console/program.hpp"
#include "hal/linux/serial_ports.hpp"
#include "relay/base/system_runtime.hpp"
#include "relay/http/curl_client.hpp"
#include "relay/log/spdlog_log.hpp"

namespace {

using firmware::console::Wanted;

void describe(CLI::App& app, Wanted& wanted, int& idle_minutes) {
  auto& places = wanted.places;
  app.set_version_flag("--version", "relayctl " EDGE_RELAY_VERSION);
  app.add_option("--socket", places.socket, "The daemon's socket (else as [admin] socket says)")
      ->each([&](const std::string&) { wanted.socket_given = true; });
  app.add_option("--config", places.settings, "The settings file")->capture_default_str();
  app.add_option("--data", places.data, "The folder of console.db")->capture_default_str();
  app.add_option("--daemon", places.daemon, "edge-relayd, for its word on settings")->capture_default_str();
  app.add_option("--unit", places.unit, "The daemon's unit")->capture_default_str();
  app.add_option("--defaults", places.defaults, "The settings of a new box, for factory-reset")->capture_default_str();
  app.add_option("--log-file", places.log_file, "The daemon's log where there is no journal");
  app.add_flag("--json", wanted.json, "The answer as JSON");
  app.add_flag("--yes", wanted.yes, "Ask nothing");
  auto* console = app.add_subcommand("console", "Serve people on a terminal: login, prompt, commands");
  console->add_option("--port", wanted.port, "A serial line, as /dev/ttyS0; else this terminal");
  console->add_option("--baud", wanted.baud, "Its speed")->capture_default_str();
  console->add_option("--idle", idle_minutes, "Minutes without a key before log-off")
      ->check(CLI::Range(1, 240))
      ->capture_default_str();
  app.prefix_command();
  app.footer(
      "Everything else is a command, the same as at the console: relayctl help lists them. The answer goes to "
      "standard\n"
      "output; the last line of standard error is OK, or ERR with a code and a sentence (exit status 1).");
}

}  // namespace

int main(int argc, char** argv) {
  Wanted wanted;
  int idle_minutes = 10;
  CLI::App app{"Looks after an Edge Relay box.", "relayctl"};
  describe(app, wanted, idle_minutes);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  wanted.idle = std::chrono::minutes{idle_minutes};
  wanted.words = app.remaining();
  // These two may stand behind the command too.
  if (std::erase(wanted.words, "--json") > 0) wanted.json = true;
  if (std::erase(wanted.words, "--yes") > 0) wanted.yes = true;
  if (wanted.words.empty() && !app.got_subcommand("console")) {
    std::cout << app.help();
    return 2;
  }
  firmware::console::take_places_from_settings(wanted);

  asio::io_context loop(1);
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers(loop.get_executor(), clock);
  const bool serial = !wanted.port.empty();
  // What a console on this terminal would log stands in its audit log; here it would garble the screen.
  relay::log::SpdlogLog log(clock, {.level = serial ? relay::LogLevel::info : relay::LogLevel::error,
                                    .journal = relay::log::stderr_is_journal()});
  const relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};
  relay::http::CurlPool pool(runtime);
  const auto to_daemon = relay::http::make_client(pool, {.unix_socket = wanted.places.socket});
  const auto to_internet = relay::http::make_client(pool, {});
  hal::LinuxSerialPorts ports(runtime);
  firmware::console::Program program(runtime, *to_daemon, *to_internet, ports, std::move(wanted));
  int status = 1;
  asio::co_spawn(loop, program.run(), [&](std::exception_ptr error, int exit_status) {
    if (error) std::rethrow_exception(error);
    status = exit_status;
    loop.stop();
  });
  loop.run();
  return status;
}
