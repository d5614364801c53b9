// Settings: look, change, check, put in effect, take back.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/config_desk.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/file_transfer.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/printable.hpp"
#include "firmware/console/settings_text.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;
using Kind = Parameter::Kind;

constexpr relay::Millis confirm_look{500};
constexpr std::size_t most_settings = 256 * 1024;
constexpr relay::Millis paste_gap{1'500};

ConfigDesk desk_of(Context& context) {
  return ConfigDesk(context.runtime, context.daemon, context.host, context.store);
}

Task<Result<Answer>> show_config(Context& context, Arguments) {
  const auto& places = context.host.places();
  auto printed = co_await run_program(context.runtime, {places.daemon, "--print-config", "--config", places.settings});
  if (!printed) co_return std::unexpected(printed.error());
  if (printed->status != 0) co_return fail(ErrorCode::invalid_argument, printable_lines(printed->output));
  co_return Answer{.text = printable_lines(printed->output), .data = {{"settings", printed->output}}};
}

Task<Result<Answer>> show_revisions(Context& context, Arguments) {
  const auto revisions = context.store.revisions();
  if (!revisions) co_return std::unexpected(revisions.error());
  Answer answer;
  answer.data["revisions"] = ordered_json::array();
  Table table({"NUMBER", "REPLACED AT", "BY"});
  for (const auto& one : *revisions) {
    const std::string at = relay::format_rfc3339(one.at);
    table.add({std::to_string(one.id), at.substr(0, 19), one.by});
    answer.data["revisions"].push_back({{"number", one.id}, {"at", at}, {"by", one.by}});
  }
  answer.text = table.empty() ? "The settings were never changed here.\n" : table.text();
  co_return answer;
}

Task<Result<Answer>> export_config(Context& context, Arguments arguments) {
  const auto running = desk_of(context).running();
  if (!running) co_return std::unexpected(running.error());
  const std::string text = with_secrets_masked(*running);
  if (arguments.has("by")) co_return co_await send_text(context, "relay.toml", text, arguments.text("by"));
  co_return Answer{.text = text, .data = {{"settings", text}}};
}

/// Keeps a changed candidate and shows what is changed by now.
Result<Answer> keep_candidate(Context& context, const std::string& text) {
  const auto running = desk_of(context).running();
  if (!running) return std::unexpected(running.error());
  const std::string changed = difference(*running, text);
  const auto kept = context.store.set_candidate(changed.empty() ? std::nullopt : std::optional{text});
  if (!kept) return std::unexpected(kept.error());
  return Answer{.text = changed.empty() ? "As it is in effect: nothing is changed.\n"
                                        : changed + "Not in effect yet: config check, config commit confirm 5\n",
                .data = {{"difference", changed}}};
}

Task<Result<Answer>> set_config(Context& context, Arguments arguments) {
  const auto candidate = desk_of(context).candidate();
  if (!candidate) co_return std::unexpected(candidate.error());
  const auto changed = with_setting(*candidate, arguments.text("setting"), toml_value(arguments.text("value")));
  if (!changed) co_return std::unexpected(changed.error());
  co_return keep_candidate(context, *changed);
}

Task<Result<Answer>> unset_config(Context& context, Arguments arguments) {
  const auto candidate = desk_of(context).candidate();
  if (!candidate) co_return std::unexpected(candidate.error());
  const auto changed = without_setting(*candidate, arguments.text("setting"));
  if (!changed) co_return std::unexpected(changed.error());
  co_return keep_candidate(context, *changed);
}

/// A whole file, pasted; a line with a dot alone ends it.
Task<Result<std::string>> pasted_file(Context& context, Terminal& terminal) {
  co_await context.stage.say("Paste the settings file now, then a line with a dot alone.\n");
  std::string text;
  std::string line;
  while (true) {
    auto byte = co_await terminal.byte(context.runtime.clock.steady() + std::chrono::minutes{2});
    if (!byte) co_return std::unexpected(byte.error());
    if (*byte == '\r' || *byte == '\n') {
      if (line == ".") co_return text;
      if (*byte == '\r' || !line.empty()) text += line + "\n";
      line.clear();
      continue;
    }
    line += *byte;
    if (text.size() + line.size() <= most_settings) continue;
    co_await terminal.discard_until_still(paste_gap);  // what is still to come is no command
    co_return fail(ErrorCode::full, "that is too long for a settings file; nothing was changed");
  }
}

Task<Result<std::string>> received_file(Context& context, Terminal& terminal, std::string by) {
  const auto folder = PrivateFolder::make(context.host.places().data);
  if (!folder) co_return std::unexpected(folder.error());
  const Protocol protocol = protocol_of(by);
  co_await context.stage.say(transfer_hint(protocol, false));
  auto path = co_await receive_file(context.runtime, terminal, folder->path(), most_settings, protocol);
  if (!path) co_return std::unexpected(path.error());
  co_return Host::read_file(*path, most_settings);
}

/// At the command line a file comes by standard input.
Task<Result<std::string>> incoming_file(Context& context, const Arguments& arguments) {
  Terminal* terminal = context.stage.terminal();
  const std::string by = arguments.text("by");
  if (terminal == nullptr && !by.empty())
    co_return fail(ErrorCode::conflict, concat(by, " is for the console; here: relayctl config import < FILE"));
  if (terminal == nullptr) co_return context.stage.input(most_settings);
  if (by.empty()) co_return co_await pasted_file(context, *terminal);
  co_return co_await received_file(context, *terminal, by);
}

Task<Result<Answer>> import_config(Context& context, Arguments arguments) {
  const auto text = co_await incoming_file(context, arguments);
  if (!text) co_return std::unexpected(text.error());
  const auto running = desk_of(context).running();
  if (!running) co_return std::unexpected(running.error());
  auto complete = with_secrets_from(*text, *running);
  if (!complete) co_return std::unexpected(complete.error());
  auto desk = desk_of(context);
  auto checked = co_await desk.check(*complete);
  if (!checked) {
    co_await context.stage.say(checked.error().message + "\n");
    co_return fail(ErrorCode::invalid_argument, "this settings file is wrong; nothing was changed");
  }
  co_return keep_candidate(context, *complete);
}

Task<Result<Answer>> check_config(Context& context, Arguments) {
  auto desk = desk_of(context);
  const auto candidate = desk.candidate();
  if (!candidate) co_return std::unexpected(candidate.error());
  auto checked = co_await desk.check(*candidate);
  if (!checked) {
    co_await context.stage.say(checked.error().message + "\n");
    co_return fail(ErrorCode::invalid_argument, "the settings are wrong, see above");
  }
  co_return Answer{.text = "The settings are good.\n"};
}

Task<Result<Answer>> diff_config(Context& context, Arguments) {
  const auto running = desk_of(context).running();
  const auto candidate = desk_of(context).candidate();
  if (!running) co_return std::unexpected(running.error());
  if (!candidate) co_return std::unexpected(candidate.error());
  const std::string changed = difference(*running, *candidate);
  co_return Answer{.text = changed.empty() ? "Nothing is changed.\n" : changed, .data = {{"difference", changed}}};
}

Answer applied_answer(const ConfigDesk::Applied& applied) {
  std::string text = concat("In effect. What was before is revision ", applied.revision, ".\n");
  if (!applied.restarted_for.empty()) {
    text += "The daemon was restarted for:\n";
    for (const auto& name : applied.restarted_for) text += "  " + name + "\n";
  }
  return {
      .text = text + "State: " + applied.state + "\n",
      .data = {
          {"revision_before", applied.revision}, {"restarted_for", applied.restarted_for}, {"state", applied.state}}};
}

/// A one-shot command has no console behind it that could take the change back: it stays and does it itself.
Task<Result<Answer>> stay_until_confirmed(Context& context, ConfigDesk& desk, Answer answer) {
  co_await context.stage.say(answer.text + "Waiting for: relayctl config confirm\n");
  while (true) {
    co_await sleep_for(context.runtime, confirm_look);
    const auto waiting = context.store.unconfirmed();
    if (!waiting) co_return std::unexpected(waiting.error());
    if (!*waiting) co_return Answer{.text = "Confirmed.\n", .data = answer.data};
    const bool taken_back = co_await desk.take_back_if_over();
    if (taken_back) co_return fail(ErrorCode::timeout, "not confirmed in time: the change was taken back");
  }
}

Task<Result<Answer>> commit_config(Context& context, Arguments arguments) {
  auto desk = desk_of(context);
  const auto waiting = context.store.unconfirmed();
  if (!waiting) co_return std::unexpected(waiting.error());
  if (*waiting)
    co_return fail(ErrorCode::conflict, "a change waits to be confirmed: config confirm, or config rollback");
  const auto candidate = context.store.candidate();
  if (!candidate) co_return std::unexpected(candidate.error());
  if (!*candidate) co_return fail(ErrorCode::conflict, "nothing is changed; config set changes a setting");
  std::optional<relay::Millis> within;
  if (arguments.has("confirm")) within = std::chrono::minutes{arguments.number("confirm", 5)};
  auto applied = co_await desk.apply(**candidate, context.who.text(), within);
  if (!applied) co_return std::unexpected(applied.error());
  Answer answer = applied_answer(*applied);
  if (!within) co_return answer;
  answer.text += concat("It is taken back in ", within->count() / 60'000, " minutes unless you say: config confirm\n");
  if (context.stage.terminal() == nullptr) co_return co_await stay_until_confirmed(context, desk, std::move(answer));
  co_return answer;
}

Task<Result<Answer>> confirm_config(Context& context, Arguments) {
  const auto confirmed = desk_of(context).confirm();
  if (!confirmed) co_return std::unexpected(confirmed.error());
  co_return Answer{.text = "The settings stay.\n"};
}

Task<Result<Answer>> roll_back_config(Context& context, Arguments arguments) {
  auto desk = desk_of(context);
  std::optional<std::int64_t> revision;
  if (arguments.has("revision")) revision = arguments.number("revision", 0);
  auto applied = co_await desk.roll_back(revision, context.who.text());
  if (!applied) co_return std::unexpected(applied.error());
  co_return applied_answer(*applied);
}

Task<Result<Answer>> discard_config(Context& context, Arguments) {
  const auto gone = context.store.set_candidate(std::nullopt);
  if (!gone) co_return std::unexpected(gone.error());
  co_return Answer{.text = "What was changed and not committed is forgotten.\n"};
}

constexpr std::array set_parameters{
    Parameter{.name = "setting", .help = "TABLE.SETTING, as listen.address or providers.NAME.from.", .required = true},
    Parameter{.kind = Kind::rest,
              .name = "value",
              .help = "A word, a number, true, or [a, b]. As text in any case: \"\\\"1234\\\"\".",
              .required = true,
              .secret = true}};
constexpr std::array unset_parameters{Parameter{.name = "setting", .help = "TABLE.SETTING", .required = true}};
constexpr std::array commit_parameters{Parameter{.kind = Kind::keyword,
                                                 .name = "confirm",
                                                 .help = "Minutes; taken back then unless config confirm comes.",
                                                 .least = 1,
                                                 .most = 120}};
constexpr std::array rollback_parameters{Parameter{
    .name = "revision", .help = "Its number: config revisions. Else the newest.", .least = 1, .most = 1'000'000'000}};

constexpr std::array export_parameters{Parameter{
    .name = "by", .help = "Send the file over this line instead of printing it.", .choices = "zmodem|ymodem"}};
constexpr std::array import_parameters{
    Parameter{.name = "by", .help = "Receive a file over this line; without it: paste.", .choices = "zmodem|ymodem"}};

}  // namespace

void add_config_commands(std::vector<Command>& all) {
  all.insert(
      all.end(),
      {{"show config", Role::tech, "The settings in effect, secrets masked.", {}, show_config},
       {"config show", Role::tech, "The same.", {}, show_config},
       {"config set", Role::tech, "Change a setting in the candidate; not in effect yet.", set_parameters, set_config},
       {"config unset", Role::tech, "Back to a setting's default, in the candidate.", unset_parameters, unset_config},
       {"config diff", Role::tech, "What the candidate changes.", {}, diff_config},
       {"config check", Role::tech, "Whether edge-relayd would take the candidate.", {}, check_config},
       {"config commit", Role::tech, "Put the candidate in effect.", commit_parameters, commit_config},
       {"config confirm", Role::tech, "Keep a change that was committed with confirm.", {}, confirm_config},
       {"config rollback", Role::tech, "Put an earlier file back in effect.", rollback_parameters, roll_back_config},
       {"config discard", Role::tech, "Forget the candidate.", {}, discard_config},
       {"config revisions", Role::tech, "Files that were in effect.", {}, show_revisions},
       {"config export", Role::tech, "The settings file, secrets masked, to copy.", export_parameters, export_config},
       {"config import", Role::tech, "Take a settings file in as the candidate.", import_parameters, import_config}});
}

}  // namespace firmware::console
