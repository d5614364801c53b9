#include <cstdio>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "firmware/console/key_commands.hpp"
#include "relay/base/system_runtime.hpp"
#include "relay/http/curl_client.hpp"
#include "relay/log/spdlog_log.hpp"

namespace {

using firmware::console::AdminClient;
using Command = std::function<relay::Task<relay::Result<std::string>>(AdminClient&)>;

constexpr std::int64_t most_parts = 1'000'000'000;

/// What the command line asked for.
struct Wanted {
  std::string socket = "/run/edge-relay/admin.sock";
  std::string name;
  std::string message_class = "info";
  int weight = 1;
  std::int64_t daily_limit = 0;
  Command command;
};

void describe(CLI::App& app, Wanted& wanted) {
  app.set_version_flag("--version", "relayctl " EDGE_RELAY_VERSION);
  app.require_subcommand(1);
  app.add_option("--socket", wanted.socket, "The daemon's socket ([admin] socket)")->capture_default_str();
  auto* key = app.add_subcommand("key", "API keys of applications")->require_subcommand(1);
  auto* add = key->add_subcommand("add", "Make a key for an application and show it");
  add->add_option("name", wanted.name, "The application: lower-case letters, digits, hyphens")->required();
  add->add_option("--class", wanted.message_class, "Class of its messages when it names none")
      ->check(CLI::IsMember({"alarm", "otp", "once", "info", "bulk"}))
      ->capture_default_str();
  add->add_option("--weight", wanted.weight, "Its share when several applications wait")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  add->add_option("--daily-limit", wanted.daily_limit, "Message parts that it may send in a day (UTC); 0: no limit")
      ->check(CLI::Range(std::int64_t{0}, most_parts))
      ->capture_default_str();
  add->callback([&] {
    wanted.command = [&](AdminClient& client) {
      return firmware::console::add_key(client, wanted.name, wanted.message_class, wanted.weight, wanted.daily_limit);
    };
  });
  key->add_subcommand("list", "Show the keys")->callback([&] { wanted.command = firmware::console::list_keys; });
  auto* limit = key->add_subcommand("limit", "Set what an application may send in a day");
  limit->add_option("name", wanted.name, "The application")->required();
  limit->add_option("parts", wanted.daily_limit, "Message parts a day (UTC); 0: no limit")
      ->required()
      ->check(CLI::Range(std::int64_t{0}, most_parts));
  limit->callback([&] {
    wanted.command = [&](AdminClient& client) {
      return firmware::console::limit_key(client, wanted.name, wanted.daily_limit);
    };
  });
  auto* revoke = key->add_subcommand("revoke", "Make a key useless");
  revoke->add_option("name", wanted.name, "The application")->required();
  revoke->callback([&] {
    wanted.command = [&](AdminClient& client) { return firmware::console::revoke_key(client, wanted.name); };
  });
  app.add_subcommand("health", "Show the daemon's health")->callback([&] {
    wanted.command = firmware::console::show_health;
  });
}

int run(const Wanted& wanted) {
  asio::io_context loop(1);
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers(loop.get_executor(), clock);
  relay::log::SpdlogLog log(clock, {.level = relay::LogLevel::error});
  const relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};
  relay::http::CurlPool pool(runtime);
  const auto http = relay::http::make_client(pool, {.unix_socket = wanted.socket});
  AdminClient client(runtime, *http, wanted.socket);
  int status = 1;
  asio::co_spawn(loop, wanted.command(client), [&](std::exception_ptr error, relay::Result<std::string> result) {
    if (error) std::rethrow_exception(error);
    status = result ? 0 : 1;
    (result ? std::cout : std::cerr) << (result ? *result : "relayctl: " + result.error().message + "\n");
    loop.stop();
  });
  loop.run();
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  Wanted wanted;
  CLI::App app{"Looks after an Edge Relay box.", "relayctl"};
  describe(app, wanted);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return run(wanted);
}
