#include "firmware/console/program.hpp"

#include <csignal>
#include <cstdio>
#include <iostream>
#include <unistd.h>
#include <variant>

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/redirect_error.hpp>
#include <asio/signal_set.hpp>
#include <asio/use_awaitable.hpp>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/config_desk.hpp"
#include "firmware/console/standard_terminal.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/tree.hpp"

namespace firmware::console {
namespace {

using asio::experimental::awaitable_operators::operator||;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr int exit_ok = 0;
constexpr int exit_failed = 1;
constexpr int exit_usage = 2;
constexpr relay::Millis reopen_pause{2'000};

/// A one-shot command: output is the answer, so that a script gets nothing else on it.
class CommandStage final : public Stage {
 public:
  CommandStage(bool quiet, bool yes) : quiet_(quiet), yes_(yes) {}

  Task<> say(std::string text) override {
    if (!quiet_) std::cout << text << std::flush;
    co_return;
  }
  Task<Result<bool>> confirm(std::string question) override {
    if (yes_) co_return true;
    if (::isatty(STDIN_FILENO) == 0) co_return fail(ErrorCode::conflict, question + " In a script say --yes");
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    co_return answer == "y" || answer == "Y" || answer == "yes";
  }
  Task<Result<std::string>> ask(std::string prompt) override {
    if (::isatty(STDIN_FILENO) != 0) std::cerr << prompt << std::flush;
    std::string answer;
    if (!std::getline(std::cin, answer)) co_return fail(ErrorCode::cancelled, "nothing was written");
    co_return answer;
  }
  /// A line of standard input; on a terminal it is not shown.
  Task<Result<std::string>> ask_secret(std::string prompt) override {
    std::string secret;
    if (::isatty(STDIN_FILENO) != 0) {
      const char* typed = ::getpass(prompt.c_str());
      if (typed != nullptr) secret = typed;
    } else {
      std::getline(std::cin, secret);
    }
    if (secret.empty()) co_return fail(ErrorCode::cancelled, "nothing was written");
    co_return secret;
  }
  Result<std::string> input(std::size_t most) override {
    std::string text;
    for (char c = 0; std::cin.get(c);) {
      text += c;
      if (text.size() > most) return fail(ErrorCode::full, concat("standard input has more than ", most, " bytes"));
    }
    return text;
  }

 private:
  bool quiet_;
  bool yes_;
};

/// Of a context that no command runs in yet: a session puts itself in its place.
class NoStage final : public Stage {
 public:
  Task<> say(std::string) override { co_return; }
  Task<Result<bool>> confirm(std::string) override { co_return false; }
  Task<Result<std::string>> ask(std::string) override { co_return std::string{}; }
  Task<Result<std::string>> ask_secret(std::string) override { co_return std::string{}; }
};

std::string text_in(const relay::config::Node& root, std::string_view table, std::string_view name) {
  for (const auto& one : *root.members()) {
    if (one.name != table || one.members() == nullptr) continue;
    for (const auto& setting : *one.members()) {
      if (setting.name == name && std::holds_alternative<std::string>(setting.value))
        return std::get<std::string>(setting.value);
    }
  }
  return "";
}

}  // namespace

void take_places_from_settings(Wanted& wanted) {
  auto& places = wanted.places;
  if (const auto text = Host::read_file(places.settings)) {
    if (const auto root = relay::config::parse_toml(*text, places.settings); root && root->members() != nullptr) {
      const std::string socket = text_in(*root, "admin", "socket");
      const std::string outbox = text_in(*root, "storage", "path");
      if (!wanted.socket_given && !socket.empty()) places.socket = socket;
      if (places.outbox.empty() && !outbox.empty()) places.outbox = outbox;
    }
  }
  if (places.outbox.empty()) places.outbox = places.data + "/outbox.db";
}

Program::Program(relay::Runtime runtime, relay::http::Client& to_daemon, relay::http::Client& to_internet,
                 hal::SerialPorts& ports, Wanted wanted)
    : runtime_(runtime),
      wanted_(std::move(wanted)),
      ports_(ports),
      daemon_(runtime, to_daemon, wanted_.places.socket),
      internet_(runtime, to_internet),
      host_(runtime, wanted_.places),
      table_(all_commands()) {}

Context Program::context_for(Store& store, Stage& stage, Who who) {
  return {runtime_, daemon_, host_, store, internet_, table_, stage, std::move(who)};
}

Task<int> Program::run() {
  auto store = Store::open(wanted_.places.store(), runtime_.clock, runtime_.random);
  const bool one_shot = !wanted_.words.empty();
  if (!store && !one_shot) {
    std::cerr << "relayctl: " << store.error().message << "\n";
    co_return exit_failed;
  }
  // A one-shot command of somebody who may use the socket but not the console's file: the daemon's log knows who it
  // was.
  if (!store) store = Store::open(":memory:", runtime_.clock, runtime_.random);
  if (!store) co_return exit_failed;
  if (one_shot) co_return co_await run_command(*store);
  co_return co_await run_console(*store);
}

Task<int> Program::run_command(Store& store) {
  CommandStage stage(wanted_.json, wanted_.yes);
  Context context =
      context_for(store, stage, {.name = concat("uid ", ::getuid()), .role = Role::admin, .origin = "command line"});
  daemon_.act_for(context.who.text());
  auto invocation = table_.read(wanted_.words);
  if (!invocation) {
    std::cerr << closing_line(std::unexpected(invocation.error())) << "\n";
    co_return exit_usage;
  }
  auto result = co_await invocation->command->run(context, invocation->arguments);
  const std::string closing = closing_line(result);
  if (invocation->command->role > Role::view) {
    const auto kept = store.audit({.id = 0,
                                   .at = {},
                                   .origin = context.who.origin,
                                   .user = context.who.name,
                                   .action = invocation->audited,
                                   .outcome = closing});
    if (!kept) runtime_.log.error("audit_not_kept", {{"reason", kept.error().message}});
  }
  if (result) std::cout << render(*result, invocation->filters, wanted_.json) << std::flush;
  std::cerr << closing << "\n";
  co_return result ? exit_ok : exit_failed;
}

Task<int> Program::run_console(Store& store) {
  NoStage nobody;
  const bool serial = !wanted_.port.empty();
  const Context context =
      context_for(store, nobody, {.name = "", .role = Role::view, .origin = serial ? wanted_.port : "terminal"});
  const SessionSettings settings{.idle = wanted_.idle, .greets_again = serial};
  ConfigDesk desk(runtime_, daemon_, host_, store);
  relay::TaskGroup keepers(runtime_);
  keepers.spawn("console.config_guard", desk.guard());
  asio::signal_set signals(runtime_.executor, SIGTERM, SIGINT, SIGHUP);
  int status = exit_ok;
  if (serial) {
    co_await (serve_line(context, settings) || signals.async_wait(asio::use_awaitable));
  } else {
    auto ended = co_await (one_session(context, settings) || signals.async_wait(asio::use_awaitable));
    if (ended.index() == 0 && !std::get<0>(ended)) {
      std::cerr << "relayctl: " << std::get<0>(ended).error().message << "\n";
      status = exit_failed;
    }
  }
  co_await close_terminal();  // a signal cut the session short
  co_await keepers.stop();
  co_return status;
}

Task<Result<bool>> Program::one_session(Context context, SessionSettings settings) {
  auto opened = wanted_.port.empty()
                    ? open_standard_terminal(runtime_.executor)
                    : ports_.open({.device = wanted_.port, .baud = wanted_.baud, .hardware_flow_control = false});
  if (!opened) co_return std::unexpected(opened.error());
  terminal_ = std::make_unique<Terminal>(runtime_, std::move(*opened));
  Session session(runtime_, *terminal_, context, settings);
  co_await session.run();
  co_await close_terminal();
  co_return true;
}

Task<> Program::close_terminal() {
  if (!terminal_) co_return;
  co_await terminal_->stop();
  terminal_.reset();
}

/// A line that is unplugged is waited for.
Task<> Program::serve_line(Context context, SessionSettings settings) {
  std::string told;
  while (true) {
    auto served = co_await one_session(context, settings);
    if (!served && served.error().message != told) {
      told = served.error().message;
      runtime_.log.warning("console_line", {{"port", wanted_.port}, {"reason", told}});
    }
    if (served) told.clear();
    co_await sleep_for(runtime_, reopen_pause);
  }
}

}  // namespace firmware::console
