#include "firmware/console/session.hpp"

#include <algorithm>
#include <sstream>
#include <variant>

#include <asio/experimental/awaitable_operators.hpp>

#include "firmware/console/layout.hpp"
#include "firmware/console/printable.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr relay::Millis login_patience{60'000};
constexpr std::size_t longest_outcome = 200;

std::string clock_text(relay::Runtime runtime) {
  std::string now = relay::format_rfc3339(runtime.clock.wall());
  now.resize(19);  // to the second
  now[10] = ' ';
  return now + (Host::clock_is_synchronised(runtime.clock.wall()) ? " UTC" : " UTC (not synchronised)");
}

}  // namespace

std::string_view code_word(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "E-USAGE";
    case ErrorCode::not_found:
      return "E-NOT-FOUND";
    case ErrorCode::conflict:
      return "E-STATE";
    case ErrorCode::unavailable:
      return "E-UNAVAILABLE";
    case ErrorCode::full:
      return "E-FULL";
    case ErrorCode::io:
      return "E-IO";
    case ErrorCode::timeout:
      return "E-TIMEOUT";
    case ErrorCode::cancelled:
      return "E-CANCELLED";
    case ErrorCode::corrupt:
      return "E-CORRUPT";
    case ErrorCode::internal:
      return "E-INTERNAL";
  }
  return "E-INTERNAL";
}

std::string closing_line(const Result<Answer>& result) {
  if (result) return "OK";
  std::string text = result.error().message;
  std::ranges::replace(text, '\n', ' ');
  return concat("ERR ", code_word(result.error().code), " ", text);
}

std::string render(const Answer& answer, const std::vector<Invocation::Filter>& filters, bool as_json) {
  using Kind = Invocation::Filter::Kind;
  as_json = as_json || std::ranges::any_of(filters, [](const auto& filter) { return filter.kind == Kind::json; });
  std::string text =
      as_json ? answer.data.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : answer.text;
  for (const auto& filter : filters) {
    if (filter.kind == Kind::json) continue;
    std::istringstream lines(text);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
      const bool found = line.find(filter.text) != std::string::npos;
      if (found == (filter.kind == Kind::include)) kept += line + "\n";
    }
    text = std::move(kept);
  }
  return text;
}

Session::Session(relay::Runtime runtime, Terminal& terminal, const Context& context, SessionSettings settings)
    : runtime_(runtime),
      terminal_(terminal),
      settings_(settings),
      context_{runtime,          context.daemon, context.host, context.store,
               context.internet, context.table,  *this,        context.who},
      daemon_(context.daemon),
      store_(context.store),
      table_(context.table) {}

Task<> Session::run() {
  while (!terminal_.hung_up()) {
    if (settings_.greets_again) {
      const bool awake = co_await wake_up();
      if (!awake) co_return;
    }
    co_await greet();
    auto user = co_await log_in();
    if (user) co_await converse(std::move(*user));
    terminal_.settings = TerminalSettings{};
    if (!settings_.greets_again) co_return;
  }
}

/// A line that nobody uses stays silent: what is connected to it may be something else than a terminal.
Task<bool> Session::wake_up() {
  while (true) {
    auto key = co_await terminal_.key(relay::SteadyTime::max());
    if (!key) co_return false;
    if (key->kind == Key::Kind::enter) co_return true;
  }
}

Task<> Session::greet() {
  [[maybe_unused]] const auto followed = store_.follow_file();
  condition_ = co_await look_at(daemon_);
  const std::string serial = Host::serial();
  const auto known = store_.users();
  std::string text =
      concat("\nEdge Relay " EDGE_RELAY_VERSION, "  ", Host::name(), serial.empty() ? "" : "  serial " + serial, "\n",
             clock_text(runtime_), "\nState: ", condition_.line, "\n\n");
  if (!known) {
    text += "The console's own file cannot be used: " + known.error().message + "\n";
  } else if (known->empty()) {
    text += "Nobody may log in yet. As root on this box: relayctl user label-password\n";
  }
  co_await terminal_.print(std::move(text));
}

Task<std::optional<User>> Session::log_in() {
  while (!terminal_.hung_up()) {
    const bool may_try = co_await sit_out_failures();
    if (!may_try) co_return std::nullopt;
    auto name = co_await terminal_.ask("login: ", LineEditor::Echo::shown, login_patience);
    if (!name) co_return std::nullopt;
    if (name->empty()) continue;
    auto password = co_await terminal_.ask("password: ", LineEditor::Echo::hidden, login_patience);
    if (!password) co_return std::nullopt;
    const std::string shown_name = printable(name->substr(0, 32));
    auto user = store_.check(*name, *password);
    if (user && *user) {
      [[maybe_unused]] const auto forgotten = store_.set_failures(context_.who.origin, 0);
      context_.who.name = (*user)->name;
      context_.who.role = (*user)->role;
      if ((*user)->must_change) {
        const bool renewed = co_await renew_password(**user);
        if (!renewed) co_return std::nullopt;
      }
      audit("login", "OK");
      co_return **user;
    }
    const auto failures = store_.failures(context_.who.origin);
    [[maybe_unused]] const auto counted = store_.set_failures(context_.who.origin, failures.value_or(0) + 1);
    context_.who.name = shown_name;
    audit("login", user ? "refused" : user.error().message);
    runtime_.log.warning("console_login_refused", {{"user", shown_name}, {"at", context_.who.origin}});
    context_.who.name.clear();
    co_await terminal_.print("ERR E-LOGIN wrong name or password\n");
  }
  co_return std::nullopt;
}

/// The wait counts from here, not from the last failure: switching the box off and on does not shorten it.
Task<bool> Session::sit_out_failures() {
  const auto failures = store_.failures(context_.who.origin);
  const relay::Millis delay = delay_after(failures.value_or(0));
  if (delay == relay::Millis{0}) co_return true;
  if (delay >= std::chrono::seconds{10}) {
    co_await terminal_.print(concat("Too many wrong passwords here. The next login is possible in ",
                                    duration_text(std::chrono::duration_cast<std::chrono::seconds>(delay).count()),
                                    ".\n"));
  }
  const auto until = runtime_.clock.steady() + delay;
  while (runtime_.clock.steady() < until) {
    auto ignored = co_await terminal_.byte(until);
    if (!ignored && ignored.error().code != ErrorCode::timeout) co_return false;
  }
  terminal_.discard();
  co_return true;
}

Task<bool> Session::renew_password(User user) {
  co_await terminal_.print("This password is for the first login only. Choose your own (10 characters or more).\n");
  while (true) {
    auto first = co_await terminal_.ask("new password: ", LineEditor::Echo::hidden, login_patience);
    if (!first) co_return false;
    const auto same = store_.check(user.name, *first);
    if (same && *same) {
      co_await terminal_.print("That is the old one.\n");
      continue;
    }
    auto second = co_await terminal_.ask("once more: ", LineEditor::Echo::hidden, login_patience);
    if (!second) co_return false;
    if (*first != *second) {
      co_await terminal_.print("These two differ.\n");
      continue;
    }
    const auto set = store_.set_password(user.name, *first, false);
    if (set) {
      audit("password changed", "OK");
      co_return true;
    }
    co_await terminal_.print(set.error().message + "\n");
  }
}

Task<> Session::converse(User user) {
  logged_out_ = false;
  daemon_.act_for(context_.who.text());
  LineEditor editor({terminal_.settings.width, terminal_.settings.dumb});
  co_await terminal_.print(concat("\nWelcome, ", user.name, " (", name_of(user.role),
                                  "). help lists the commands, ? helps at any place.\n"));
  while (!logged_out_ && !terminal_.hung_up()) {
    auto line = co_await read_command(editor);
    if (!line) break;
    // Whoever was somebody before a factory reset is nobody now.
    if (const auto replaced = store_.follow_file(); !replaced || *replaced) break;
    if (line->find_first_not_of(' ') == std::string::npos) continue;
    editor.remember(*line);
    co_await execute(std::move(*line));
  }
  audit("logout", terminal_.hung_up() ? "hung up" : "OK");
  context_.who.name.clear();
  context_.who.role = Role::view;
  co_await terminal_.print("Logged out.\n");
}

Task<std::string> Session::prompt() {
  if (terminal_.settings.batch) co_return std::string{};
  condition_ = co_await look_at(daemon_);
  const auto candidate = store_.candidate();
  const bool changed = candidate && candidate->has_value();
  const std::string state = condition_.word == "OK" ? "" : "[" + condition_.word + "]";
  co_return concat(Host::name(), state, changed ? "(config)*" : "", context_.who.role == Role::admin ? "# " : "> ");
}

/// Nothing: log out.
Task<std::optional<std::string>> Session::read_command(LineEditor& editor) {
  const auto echo = terminal_.settings.batch ? LineEditor::Echo::hidden : LineEditor::Echo::shown;
  std::string shown_prompt = co_await prompt();
  editor.resize({terminal_.settings.width, terminal_.settings.dumb});
  std::string first = editor.begin(shown_prompt, echo);
  if (!terminal_.settings.batch) co_await terminal_.send(std::move(first));
  while (true) {
    auto key = co_await terminal_.key(runtime_.clock.steady() + settings_.idle);
    if (!key) {
      if (key.error().code == ErrorCode::timeout) co_await terminal_.print("\nNothing was typed for a while.\n");
      co_return std::nullopt;
    }
    auto reaction = editor.press(*key);
    if (!terminal_.settings.batch) co_await terminal_.send(std::move(reaction.output));
    switch (reaction.event) {
      case LineEditor::Event::none:
        break;
      case LineEditor::Event::line:
        co_return editor.line();
      case LineEditor::Event::end_of_input:
        co_return std::nullopt;
      case LineEditor::Event::interrupt:
        co_await terminal_.send(editor.begin(shown_prompt, echo));
        break;
      case LineEditor::Event::complete:
        co_await offer_completion(editor);
        break;
      case LineEditor::Event::help:
        co_await terminal_.print("\n" + table_.explain(editor.before_cursor(), context_.who.role));
        co_await terminal_.send(editor.repaint());
        break;
    }
  }
}

Task<> Session::offer_completion(LineEditor& editor) {
  const auto completion =
      table_.complete(editor.before_cursor(), context_.who.role, [this](std::string_view kind) { return names(kind); });
  if (!completion.insertion.empty()) {
    co_await terminal_.send(editor.insert(completion.insertion));
  } else if (completion.candidates.empty()) {
    co_await terminal_.send("\a");
  } else {
    std::string list;
    std::size_t used = 0;
    for (const auto& candidate : completion.candidates) {
      if (used + candidate.size() + 2 > terminal_.settings.width) {
        list += "\n";
        used = 0;
      }
      list += candidate + "  ";
      used += candidate.size() + 2;
    }
    co_await terminal_.print("\n" + list + "\n");
    co_await terminal_.send(editor.repaint());
  }
}

std::vector<std::string> Session::names(std::string_view kind) const {
  std::vector<std::string> out;
  if (kind == "users") {
    if (const auto users = store_.users()) {
      for (const auto& user : *users) out.push_back(user.name);
    }
    return out;
  }
  const char* list = kind == "modems" ? "modems" : "sms_providers";
  for (const auto& one : condition_.health.value(list, nlohmann::ordered_json::array()))
    out.push_back(text_of(one, "name"));
  return out;
}

Task<> Session::execute(std::string line) {
  Result<Answer> result{};
  std::string audited = printable(line.substr(0, line.find(' ')));  // what is not understood may hold a secret
  const auto words = split_words(line);
  if (!words) {
    result = std::unexpected(words.error());
  } else if (auto invocation = table_.read(*words); !invocation) {
    result = std::unexpected(invocation.error());
  } else {
    audited = printable(invocation->audited);
    if (invocation->command->role > context_.who.role) {
      result = fail(ErrorCode::conflict,
                    concat("\"", invocation->command->words, "\" wants the role ", name_of(invocation->command->role),
                           "; you are ", name_of(context_.who.role)));
    } else {
      result = co_await run_command(*invocation);
      if (result) co_await terminal_.page(render(*result, invocation->filters, false), settings_.idle);
    }
  }
  const std::string closing = closing_line(result);
  audit(audited, closing);
  co_await terminal_.print(closing + "\n");
}

/// Runs until it ends, or Ctrl-C, or a hang-up.
Task<Result<Answer>> Session::run_command(const Invocation& invocation) {
  using asio::experimental::awaitable_operators::operator||;
  terminal_.watch_interrupt(true);
  const auto limit = runtime_.clock.steady() + settings_.command_limit;
  auto first = co_await (invocation.command->run(context_, invocation.arguments) || terminal_.interrupted() ||
                         relay::sleep_until(runtime_, limit));
  terminal_.watch_interrupt(false);
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  if (first.index() == 1) co_return fail(ErrorCode::cancelled, "stopped by Ctrl-C");
  co_return fail(ErrorCode::timeout,
                 "stopped: no command runs longer than " + duration_text(settings_.command_limit.count() / 1000));
}

Task<> Session::say(std::string text) { co_await terminal_.print(std::move(text)); }

Task<Result<bool>> Session::confirm(std::string question) {
  auto answer = co_await terminal_.ask(question + " [y/N] ", LineEditor::Echo::shown, settings_.idle);
  if (!answer) co_return std::unexpected(answer.error());
  co_return *answer == "y" || *answer == "Y" || *answer == "yes";
}

Task<Result<std::string>> Session::ask(std::string prompt) {
  auto answer = co_await terminal_.ask(std::move(prompt), LineEditor::Echo::shown, settings_.idle);
  co_return answer;
}

Task<Result<std::string>> Session::ask_secret(std::string prompt) {
  auto secret = co_await terminal_.ask(std::move(prompt), LineEditor::Echo::hidden, settings_.idle);
  co_return secret;
}

void Session::audit(const std::string& action, const std::string& outcome) {
  const auto kept = store_.audit({.id = 0,
                                  .at = {},
                                  .origin = context_.who.origin,
                                  .user = context_.who.name,
                                  .action = action.substr(0, 500),
                                  .outcome = outcome.substr(0, longest_outcome)});
  runtime_.log.info("console", {{"user", context_.who.name},
                                {"at", context_.who.origin},
                                {"action", action},
                                {"outcome", outcome.substr(0, longest_outcome)}});
  if (!kept) runtime_.log.error("audit_not_kept", {{"reason", kept.error().message}});
}

}  // namespace firmware::console
