// What the daemon knows: state, queue, messages, providers, modems.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/condition.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/outbox_look.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;
using Kind = Parameter::Kind;

ordered_json member(const ordered_json& object, const char* name) {
  return object.is_object() ? object.value(name, ordered_json::array()) : ordered_json::array();
}

/// "alarm 0, otp 0, once 0, info 12, bulk 0 (12)"
std::string count_text(const ordered_json& by_class) {
  std::string out;
  std::int64_t sum = 0;
  for (const auto& [name, count] : by_class.items()) {
    out += concat(out.empty() ? "" : ", ", name, " ", count.dump());
    sum += count.get<std::int64_t>();
  }
  return concat(sum, "  (", out, ")");
}

std::string queue_fields(const ordered_json& queue) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& [state, by_class] : queue.items()) rows.emplace_back(state, count_text(by_class));
  return fields(rows);
}

std::string alarm_text(const std::vector<Alarm>& alarms) {
  std::string out;
  for (const auto& alarm : alarms)
    out += concat(alarm.grave ? "! " : "  ", alarm.code, "  ", alarm.text, "\n      next: ", alarm.remedy, "\n");
  return out;
}

/// What can be found out about a daemon that does not answer.
Task<Answer> describe_dead(Context& context) {
  Answer answer;
  const UnitState unit = co_await context.host.unit_state();
  const auto settings = co_await context.host.check_settings(context.host.places().settings);
  auto queue = OutboxLook(context.host.places().outbox).queue();
  const std::string service =
      unit.known ? concat(unit.active, " (", unit.sub, ")", unit.since.empty() ? "" : " since ", unit.since)
                 : "not known to the service manager";
  answer.data = {{"state", "DEAD"},           {"service", service},
                 {"result", unit.result},     {"last_exit", unit.exit},
                 {"restarts", unit.restarts}, {"settings", settings ? "good" : settings.error().message}};
  answer.text = fields({{"State", "DEAD: edge-relayd does not answer"},
                        {"Service", service},
                        {"Last exit", unit.exit.empty() ? unit.result : concat(unit.exit, " (", unit.result, ")")},
                        {"Restarts", unit.known ? std::to_string(unit.restarts) : ""},
                        {"Settings", settings ? "good" : "wrong, see below"}});
  if (!settings) answer.text += settings.error().message + "\n";
  if (queue) {
    answer.data["queue"] = (*queue)["queue"];
    answer.text += "In the outbox, read from its file:\n" + queue_fields((*queue)["queue"]);
  } else {
    answer.text += "The outbox cannot be read: " + queue.error().message + "\n";
  }
  answer.text += "Next: show log, config check, restart\n";
  co_return answer;
}

/// "up, as acme.basement"; empty: the box has no bridge.
std::string bridge_line(const ordered_json& health) {
  const auto bridge = health.find("bridge");
  if (bridge == health.end()) return {};
  const std::string box = text_of(*bridge, "box");
  const std::string reason = text_of(*bridge, "reason");
  return concat(text_of(*bridge, "state"), box.empty() ? "" : ", as ", box, reason.empty() ? "" : ": ", reason);
}

Task<Result<Answer>> show_status(Context& context, Arguments) {
  const Condition condition = co_await look_at(context.daemon);
  if (condition.word == "DEAD") co_return co_await describe_dead(context);
  const auto& health = condition.health;
  Answer answer{.text = {}, .data = health};
  answer.data["state"] = condition.word;
  answer.text = fields({{"State", condition.line},
                        {"Up", duration_text(health.value("uptime_seconds", std::int64_t{0}))},
                        {"Version", text_of(health, "version")},
                        {"Board", text_of(health, "board")},
                        {"Uplink", text_of(health, "uplink")},
                        {"Bridge", bridge_line(health)},
                        {"Storing", text_of(health, "storing")},
                        {"Certificate", text_of(health, "certificate_sha256")}});
  answer.text += queue_fields(health.value("queue", ordered_json::object()));
  Table providers({"PROVIDER", "KIND", "PLACE", "STATE"});
  for (const auto& provider : member(health, "sms_providers")) {
    const std::string reason = text_of(provider, "reason");
    providers.add({text_of(provider, "name"), text_of(provider, "kind"), text_of(provider, "priority"),
                   reason.empty() ? "usable" : reason});
  }
  answer.text += "\n" + providers.text();
  if (!condition.alarms.empty()) answer.text += "\n" + alarm_text(condition.alarms);
  co_return answer;
}

Task<Result<Answer>> show_health(Context& context, Arguments) {
  auto health = co_await context.daemon.call("GET", "/v1/health");
  if (!health) co_return std::unexpected(health.error());
  co_return Answer{.text = health->dump(2) + "\n", .data = std::move(*health)};
}

Task<Result<Answer>> show_alarms(Context& context, Arguments) {
  const Condition condition = co_await look_at(context.daemon);
  Answer answer;
  answer.data["alarms"] = ordered_json::array();
  for (const auto& alarm : condition.alarms) {
    answer.data["alarms"].push_back(
        {{"code", alarm.code}, {"grave", alarm.grave}, {"text", alarm.text}, {"next", alarm.remedy}});
  }
  answer.text = condition.alarms.empty() ? "Nothing is wrong.\n" : alarm_text(condition.alarms);
  co_return answer;
}

std::string message_table(const ordered_json& messages) {
  Table table({"ID", "STATE", "CLASS", "TO", "TRIES", "ACCEPTED", "REASON"});
  for (const auto& message : messages) {
    table.add({text_of(message, "id"), text_of(message, "state"), text_of(message, "class"), text_of(message, "to"),
               text_of(message, "attempt_count"), text_of(message, "accepted_at").substr(0, 19),
               text_of(message, "reason")});
  }
  return table.empty() ? "No messages.\n" : table.text();
}

/// The daemon's answer, or its outbox's when there is no daemon: `offline` says so.
Task<Result<ordered_json>> messages_of(Context& context, std::string state, int limit, bool& offline) {
  offline = false;
  std::string path = concat("/v1/admin/messages?limit=", limit, state.empty() ? "" : "&state=" + state);
  auto found = co_await context.daemon.call("GET", path);
  if (found || context.daemon.reached()) co_return found;
  offline = true;
  co_return OutboxLook(context.host.places().outbox).messages(state, limit);
}

Task<Result<Answer>> show_queue(Context& context, Arguments arguments) {
  const int limit = static_cast<int>(arguments.number("limit", 20));
  bool offline = false;
  ordered_json all = ordered_json::array();
  // Without a state: what is not finished, nearest to its end first.
  std::vector<std::string> states{"sending", "queued", "sent"};
  if (arguments.has("state")) states = {arguments.text("state")};
  for (const auto& state : states) {
    auto found = co_await messages_of(context, state, limit, offline);
    if (!found) co_return std::unexpected(found.error());
    for (auto& message : (*found)["messages"]) all.push_back(std::move(message));
  }
  Answer answer;
  answer.data = {{"messages", all}, {"offline", offline}};
  if (offline) answer.text = "No daemon answers: read from the outbox's file.\n";
  answer.text += message_table(all);
  co_return answer;
}

std::string record_text(const ordered_json& record) {
  std::string text = fields({{"Message", text_of(record, "id")},
                             {"State", text_of(record, "state")},
                             {"Reason", text_of(record, "reason")},
                             {"Class", text_of(record, "class")},
                             {"To", text_of(record, "to")},
                             {"Parts", text_of(record, "segments")},
                             {"Accepted", text_of(record, "accepted_at")},
                             {"Expires", text_of(record, "expires_at")},
                             {"Next try", text_of(record, "next_attempt_at")},
                             {"Copies", text_of(record, "copies")}});
  Table table({"TRY", "PROVIDER", "OUTCOME", "CODE", "MS", "RECEIPT", "REF"});
  std::string details;
  for (const auto& attempt : member(record, "attempts")) {
    const std::string outcome = text_of(attempt, "outcome");
    table.add({text_of(attempt, "number"), text_of(attempt, "provider"), outcome.empty() ? "under way" : outcome,
               text_of(attempt, "code"), text_of(attempt, "duration_ms"), text_of(attempt, "receipt"),
               text_of(attempt, "provider_ref")});
    if (const auto detail = text_of(attempt, "detail"); !detail.empty())
      details += concat("  ", text_of(attempt, "number"), ": ", detail, "\n");
  }
  return text + (table.empty() ? "No attempt yet.\n" : "\n" + table.text()) + details;
}

Task<Result<Answer>> show_message(Context& context, Arguments arguments) {
  auto record = co_await context.daemon.call("GET", "/v1/admin/messages/" + arguments.text("id"));
  if (!record && !context.daemon.reached()) {
    record = OutboxLook(context.host.places().outbox).message(arguments.text("id"));
  }
  if (!record) co_return std::unexpected(record.error());
  co_return Answer{.text = record_text(*record), .data = *record};
}

Task<Result<Answer>> show_providers(Context& context, Arguments) {
  auto health = co_await context.daemon.call("GET", "/v1/health");
  if (!health) co_return std::unexpected(health.error());
  Answer answer;
  answer.data["providers"] = member(*health, "sms_providers");
  Table table({"NAME", "KIND", "PLACE", "UNDER WAY", "LAST SUCCESS", "STATE"});
  for (const auto& one : answer.data["providers"]) {
    const std::string reason = text_of(one, "reason");
    table.add({text_of(one, "name"), text_of(one, "kind"), text_of(one, "priority"), text_of(one, "in_flight"),
               text_of(one, "last_success").substr(0, 19), reason.empty() ? "usable" : reason});
  }
  answer.text = table.text();
  co_return answer;
}

Task<Result<Answer>> show_breakers(Context& context, Arguments) {
  auto health = co_await context.daemon.call("GET", "/v1/health");
  if (!health) co_return std::unexpected(health.error());
  Answer answer;
  answer.data["breakers"] = ordered_json::array();
  Table table({"PROVIDER", "BREAKER", "FAILURES IN A ROW"});
  for (const auto& one : member(*health, "sms_providers")) {
    answer.data["breakers"].push_back(
        {{"provider", one["name"]}, {"breaker", one["circuit_breaker"]}, {"failures_in_a_row", one["failure_count"]}});
    table.add({text_of(one, "name"), text_of(one, "circuit_breaker"), text_of(one, "failure_count")});
  }
  answer.text = table.text();
  co_return answer;
}

constexpr std::array queue_parameters{
    Parameter{.kind = Kind::keyword,
              .name = "state",
              .help = "Only messages in this state.",
              .choices = "queued|sending|sent|delivered|failed|expired|blocked|cancelled|unconfirmed|unknown"},
    Parameter{.kind = Kind::keyword, .name = "limit", .help = "At most so many.", .least = 1, .most = 200},
};
constexpr std::array message_parameters{
    Parameter{.name = "id", .help = "The message's id, as the application was answered.", .required = true}};
}  // namespace

void add_show_commands(std::vector<Command>& all) {
  all.insert(
      all.end(),
      {{"show status", Role::view, "The box in one screen; works without the daemon too.", {}, show_status},
       {"show health", Role::view, "The daemon's whole report, as JSON.", {}, show_health},
       {"show alarms", Role::view, "What is wrong, with a code and what to do next.", {}, show_alarms},
       {"show queue", Role::view, "Messages that are not finished, or in one state.", queue_parameters, show_queue},
       {"show message", Role::view, "One message with all its attempts; never its text.", message_parameters,
        show_message},
       {"show providers", Role::view, "The ways out, in their order.", {}, show_providers},
       {"show breakers", Role::view, "Which providers failed too often.", {}, show_breakers}});
}

}  // namespace firmware::console
