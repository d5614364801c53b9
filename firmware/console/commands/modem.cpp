// The box's own modem: how it does, and what may be done to it. What the relay itself sets, PINs and factory settings
// are the daemon's to refuse (docs/api.md, "Modems").

#include <algorithm>
#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/config_desk.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/modem_view.hpp"
#include "firmware/console/settings_text.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/http/server.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;
using Kind = Parameter::Kind;

constexpr relay::Millis watch_pause{2'000};
constexpr relay::Millis command_patience{120'000};  // USSD: the network answers within 90 s or never
constexpr relay::Millis session_idle{300'000};      // console.md 5.2: an AT session ends after 5 minutes

/// One modem or all, as /v1/modems tells them; of a daemon without that route, as its health report does.
Task<Result<ordered_json>> modems_of(Context& context, std::string name) {
  auto found = co_await context.daemon.call("GET", "/v1/modems");
  if (!found && found.error().code == ErrorCode::not_found) found = co_await context.daemon.call("GET", "/v1/health");
  if (!found) co_return found;
  ordered_json modems = found->value("modems", ordered_json::array());
  if (modems.empty()) co_return fail(ErrorCode::not_found, "this box has no modem in [chain] sms");
  if (name.empty()) co_return modems;
  for (const auto& modem : modems) {
    if (text_of(modem, "name") == name) co_return ordered_json::array({modem});
  }
  co_return fail(ErrorCode::not_found, "there is no modem \"" + name + "\"; show modem lists them");
}

/// The one that is meant: by its name, or the only one.
Task<Result<std::string>> modem_path(Context& context, std::string name) {
  auto modems = co_await modems_of(context, std::move(name));
  if (!modems) co_return std::unexpected(modems.error());
  if (modems->size() > 1) co_return fail(ErrorCode::invalid_argument, "this box has several modems: say which one");
  co_return "/v1/modems/" + relay::http::percent_encode(text_of((*modems)[0], "name"));
}

Task<Result<Answer>> show_group(Context& context, std::string name, std::string group) {
  auto modems = co_await modems_of(context, std::move(name));
  if (!modems) co_return std::unexpected(modems.error());
  Answer answer;
  for (const auto& modem : *modems) answer.text += (answer.text.empty() ? "" : "\n") + modem_text(modem, group);
  answer.data["modems"] = std::move(*modems);
  co_return answer;
}

Task<Result<Answer>> show_modem(Context& context, Arguments arguments) {
  co_return co_await show_group(context, arguments.text("modem"), "");
}

Task<Result<Answer>> show_sim(Context& context, Arguments arguments) {
  co_return co_await show_group(context, arguments.text("modem"), "sim");
}

Task<Result<Answer>> show_signal(Context& context, Arguments arguments) {
  while (true) {
    auto modems = co_await modems_of(context, arguments.text("modem"));
    if (!modems) co_return std::unexpected(modems.error());
    std::string text;
    for (const auto& modem : *modems) text += signal_line(modem);
    if (!arguments.has("watch")) co_return Answer{.text = text, .data = {{"modems", *modems}}};
    co_await context.stage.say(text);
    co_await sleep_for(context.runtime, watch_pause);
  }
}

Task<Result<Answer>> reset_modem(Context& context, Arguments arguments) {
  auto path = co_await modem_path(context, arguments.text("modem"));
  if (!path) co_return std::unexpected(path.error());
  auto asked = co_await context.daemon.call("POST", *path + "/reset", {{"kind", arguments.text("kind")}});
  if (!asked) co_return std::unexpected(asked.error());
  co_return Answer{.text = "It is reset as soon as no message is at the modem; show modem tells how it goes.\n",
                   .data = std::move(*asked)};
}

std::string reply_text(const ordered_json& reply) {
  std::string text;
  for (const auto& line : reply.value("lines", ordered_json::array())) text += line.get<std::string>() + "\n";
  return text + text_of(reply, "final") + "\n";
}

Task<Result<Answer>> one_command(Context& context, std::string path, std::string command) {
  auto reply = co_await context.daemon.call("POST", path + "/at", {{"command", std::move(command)}}, command_patience);
  if (!reply) co_return std::unexpected(reply.error());
  co_return Answer{.text = reply_text(*reply), .data = std::move(*reply)};
}

/// Line by line, each between the relay's own commands: messages go on in between, so nothing has to be put back at the
/// end.
Task<Result<Answer>> command_session(Context& context, std::string path) {
  Terminal* terminal = context.stage.terminal();
  if (terminal == nullptr) co_return fail(ErrorCode::invalid_argument, "write the command: relayctl modem at AT+CSQ");
  co_await context.stage.say(
      "AT commands, one a line, in turn with the relay's own; messages wait for each of them only.\n"
      "~. or Ctrl-C ends this; so do 5 minutes without a key.\n");
  while (true) {
    auto line = co_await terminal->ask("AT> ", LineEditor::Echo::shown, session_idle);
    if (!line && line.error().code == ErrorCode::timeout) co_return Answer{.text = "Ended after 5 minutes.\n"};
    if (!line || *line == "~.") co_return Answer{.text = "Ended.\n"};
    if (line->empty()) continue;
    auto answer = co_await one_command(context, path, *line);
    const std::string now = relay::format_rfc3339(context.runtime.clock.wall()).substr(11, 12);
    co_await context.stage.say(now + " " + (answer ? answer->text : "refused: " + answer.error().message + "\n"));
  }
}

Task<Result<Answer>> modem_at(Context& context, Arguments arguments) {
  auto path = co_await modem_path(context, arguments.text("modem"));
  if (!path) co_return std::unexpected(path.error());
  if (arguments.has("command")) co_return co_await one_command(context, *path, arguments.text("command"));
  co_return co_await command_session(context, *path);
}

Task<Result<Answer>> ussd(Context& context, Arguments arguments) {
  auto path = co_await modem_path(context, arguments.text("modem"));
  if (!path) co_return std::unexpected(path.error());
  co_await context.stage.say("Asking the network; that takes up to 90 seconds, and messages wait meanwhile.\n");
  auto reply =
      co_await context.daemon.call("POST", *path + "/ussd", {{"text", arguments.text("code")}}, command_patience);
  if (!reply) co_return std::unexpected(reply.error());
  std::string text = text_of(*reply, "text") + "\n";
  if (text_of(*reply, "state") == "answer_expected") text += "The network waits for an answer: ussd ANSWER\n";
  co_return Answer{.text = std::move(text), .data = std::move(*reply)};
}

/// The PIN is a setting: it goes into the candidate, and the driver's own guard counts its tries.
Task<Result<Answer>> set_pin(Context& context, Arguments arguments) {
  auto pin = co_await context.stage.ask_secret("PIN of the SIM: ");
  if (!pin) co_return std::unexpected(pin.error());
  const bool digits = std::ranges::all_of(*pin, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || pin->size() < 4 || pin->size() > 8)
    co_return fail(ErrorCode::invalid_argument, "a PIN has 4 to 8 digits");
  ConfigDesk desk(context.runtime, context.daemon, context.host, context.store);
  const auto candidate = desk.candidate();
  if (!candidate) co_return std::unexpected(candidate.error());
  const auto changed =
      with_setting(*candidate, concat("providers.", arguments.text("modem"), ".pin"), "\"" + *pin + "\"");
  if (!changed) co_return std::unexpected(changed.error());
  auto checked = co_await desk.check(*changed);
  if (!checked) co_return std::unexpected(checked.error());
  if (const auto kept = context.store.set_candidate(*changed); !kept) co_return std::unexpected(kept.error());
  co_return Answer{.text = "In effect with config commit. A wrong PIN is tried once only; show sim tells.\n"};
}

constexpr std::array modem_parameters{
    Parameter{.name = "modem", .help = "One of several modems.", .choices = "@modems"}};
constexpr std::array signal_parameters{
    Parameter{.kind = Kind::flag, .name = "watch", .help = "Again every 2 seconds until Ctrl-C."},
    Parameter{.kind = Kind::keyword, .name = "modem", .help = "One of several modems.", .choices = "@modems"}};
constexpr std::array reset_parameters{
    Parameter{.name = "kind",
              .help = "How far: start sequence, radio, restart, USB port, power.",
              .choices = "soft|radio|full|usb|power",
              .required = true},
    Parameter{.name = "modem", .help = "One of several modems.", .choices = "@modems"}};
constexpr std::array at_parameters{
    Parameter{.kind = Kind::keyword, .name = "modem", .help = "One of several modems.", .choices = "@modems"},
    Parameter{.kind = Kind::rest, .name = "command", .help = "One command; without it: a session.", .secret = true}};
constexpr std::array ussd_parameters{
    Parameter{.name = "code", .help = "As *100#.", .required = true, .secret = true},
    Parameter{.kind = Kind::keyword, .name = "modem", .help = "One of several modems.", .choices = "@modems"}};
constexpr std::array pin_parameters{
    Parameter{.name = "modem", .help = "Of which modem: show modem.", .choices = "@modems", .required = true}};

}  // namespace

void add_modem_commands(std::vector<Command>& all) {
  all.insert(
      all.end(),
      {{"show modem", Role::view, "All that is known of the modem.", modem_parameters, show_modem},
       {"show sim", Role::view, "The SIM: state, numbers, use.", modem_parameters, show_sim},
       {"show signal", Role::view, "Signal and registration.", signal_parameters, show_signal},
       {"modem reset", Role::tech, "Reset the modem, as far as you say.", reset_parameters, reset_modem},
       {"modem at", Role::tech, "AT commands that ask or set the radio; others are refused.", at_parameters, modem_at},
       {"ussd", Role::tech, "Ask the network, for instance for the balance.", ussd_parameters, ussd},
       {"sim pin-set", Role::tech, "The SIM's PIN, into the candidate of the settings.", pin_parameters, set_pin}});
}

}  // namespace firmware::console
