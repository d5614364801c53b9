// What changes how messages go: the queue, the providers, drills, and test messages.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/layout.hpp"
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

constexpr relay::Millis step_pause{250};
constexpr std::int64_t usual_pause_minutes = 15;
constexpr std::int64_t usual_drill_minutes = 5;

Task<Result<Answer>> order(Context& context, std::string method, std::string path, ordered_json body,
                           std::string done) {
  auto answered = co_await context.daemon.call(std::move(method), std::move(path), std::move(body));
  if (!answered) co_return std::unexpected(answered.error());
  co_return Answer{.text = std::move(done), .data = std::move(*answered)};
}

// --- the queue

Task<Result<Answer>> pause_queue(Context& context, Arguments arguments) {
  const auto minutes = arguments.number("minutes", usual_pause_minutes);
  co_return co_await order(
      context, "POST", "/v1/admin/queue", {{"pause_minutes", minutes}},
      concat("Nothing is sent for ", minutes, " minutes, alarms neither; messages are still taken.\n",
             "It ends by itself, by queue resume, and when the daemon starts again.\n"));
}

Task<Result<Answer>> resume_queue(Context& context, Arguments) {
  co_return co_await order(context, "POST", "/v1/admin/queue", {{"pause_minutes", 0}}, "Messages go again.\n");
}

Task<Result<Answer>> retry_message(Context& context, Arguments arguments) {
  co_return co_await order(context, "POST", "/v1/admin/messages/" + arguments.text("id") + "/retry",
                           ordered_json::object(), "Its next try is now, by any provider again.\n");
}

Task<Result<Answer>> cancel_message(Context& context, Arguments arguments) {
  co_return co_await order(context, "DELETE", "/v1/admin/messages/" + arguments.text("id"), nullptr,
                           "It will not be sent.\n");
}

Task<Result<Answer>> purge_queue(Context& context, Arguments arguments) {
  const std::string message_class = arguments.text("class");
  const auto sure = co_await context.stage.confirm("Cancel every queued message of class " + message_class + "?");
  if (!sure) co_return std::unexpected(sure.error());
  if (!*sure) co_return fail(ErrorCode::cancelled, "nothing was cancelled");
  std::int64_t cancelled = 0;
  while (true) {
    auto batch = co_await context.daemon.call("DELETE", "/v1/admin/messages?class=" + message_class, nullptr,
                                              std::chrono::seconds{60});
    if (!batch) co_return std::unexpected(batch.error());
    cancelled += batch->value("cancelled", std::int64_t{0});
    if (!batch->value("more", false)) break;
  }
  co_return Answer{.text = concat(cancelled, " messages were cancelled.\n"), .data = {{"cancelled", cancelled}}};
}

// --- providers

std::string provider_path(const Arguments& arguments) {
  return "/v1/admin/providers/" + relay::http::percent_encode(arguments.text("provider"));
}

Task<Result<Answer>> enable_provider(Context& context, Arguments arguments) {
  co_return co_await order(context, "PATCH", provider_path(arguments), {{"enabled", true}},
                           arguments.text("provider") + " is used again.\n");
}

Task<Result<Answer>> disable_provider(Context& context, Arguments arguments) {
  co_return co_await order(context, "PATCH", provider_path(arguments), {{"enabled", false}},
                           arguments.text("provider") +
                               " gets nothing more, until provider enable or the next start of the daemon.\n"
                               "For good: take it out of [chain] sms (config set chain.sms).\n");
}

Task<Result<Answer>> reset_breaker(Context& context, Arguments arguments) {
  co_return co_await order(context, "PATCH", provider_path(arguments), {{"breaker", "closed"}},
                           arguments.text("provider") + " is trusted again; its failures are forgotten.\n");
}

// --- drills

Task<Result<Answer>> simulate_failover(Context& context, Arguments arguments) {
  const auto minutes = arguments.number("minutes", usual_drill_minutes);
  co_return co_await order(
      context, "POST", "/v1/admin/uplink", {{"simulate_down_minutes", minutes}},
      concat("The uplink counts as down for ", minutes, " minutes: messages go by what needs none.\n",
             "It ends by itself, by failover end, and when the daemon starts again.\n"));
}

Task<Result<Answer>> end_failover(Context& context, Arguments) {
  co_return co_await order(context, "POST", "/v1/admin/uplink", {{"simulate_down_minutes", 0}},
                           "The drill is over: the uplink is what the probes say.\n");
}

// --- a test message, step by step

bool is_over(const std::string& state) { return state != "queued" && state != "sending" && state != "sent"; }

/// What is new in the record since the last look, a line each.
std::string news(const ordered_json& before, const ordered_json& now, const std::string& elapsed) {
  std::string out;
  const auto attempts = now.value("attempts", ordered_json::array());
  const auto known = before.value("attempts", ordered_json::array());
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const bool is_new = i >= known.size();
    const std::string outcome = text_of(attempts[i], "outcome");
    const std::string provider = text_of(attempts[i], "provider");
    if (is_new) out += concat(elapsed, "  try ", i + 1, " by ", provider, "\n");
    if (!outcome.empty() && (is_new || text_of(known[i], "outcome").empty())) {
      out += concat(elapsed, "  ", provider, ": ", outcome, " (", text_of(attempts[i], "duration_ms"), " ms) ",
                    text_of(attempts[i], "code"), " ", text_of(attempts[i], "detail"), "\n");
    }
    const std::string receipt = text_of(attempts[i], "receipt");
    if (!receipt.empty() && (is_new || text_of(known[i], "receipt") != receipt))
      out += concat(elapsed, "  receipt: ", receipt, "\n");
  }
  const std::string state = text_of(now, "state");
  if (state != text_of(before, "state")) {
    const std::string reason = text_of(now, "reason");
    out += concat(elapsed, "  state: ", state, reason.empty() ? "" : " (" + reason + ")", "\n");
  }
  return out;
}

Task<Result<Answer>> follow_message(Context& context, std::string id, relay::Millis patience) {
  const auto began = context.runtime.clock.steady();
  ordered_json before = ordered_json::object();
  while (true) {
    auto record = co_await context.daemon.call("GET", "/v1/admin/messages/" + id);
    if (!record) co_return std::unexpected(record.error());
    const auto elapsed = context.runtime.clock.steady() - began;
    const std::string text =
        news(before, *record, concat("+", elapsed.count() / 1000, ".", elapsed.count() / 100 % 10, " s"));
    if (!text.empty()) co_await context.stage.say(text);
    before = std::move(*record);
    const std::string state = text_of(before, "state");
    if (is_over(state)) {
      if (state == "delivered" || state == "unconfirmed") {
        co_return Answer{
            .text = state == "delivered" ? "Delivered.\n" : "Accepted; this provider reports no delivery.\n",
            .data = before};
      }
      co_return fail(ErrorCode::unavailable, concat("it ended as ", state, ": ", text_of(before, "reason")));
    }
    if (elapsed >= patience) {
      co_return fail(ErrorCode::timeout,
                     concat("after ", patience.count() / 1000, " s it is ", state, "; show message ", id, " goes on"));
    }
    co_await sleep_for(context.runtime, step_pause);
  }
}

Task<Result<Answer>> test_send(Context& context, Arguments arguments) {
  ordered_json wish{{"to", arguments.text("number")}};
  if (arguments.has("via")) wish["via"] = arguments.text("via");
  wish["text"] = arguments.has("text") ? arguments.text("text")
                                       : concat("Edge Relay test from ", Host::name(), " at ",
                                                relay::format_rfc3339(context.runtime.clock.wall()).substr(0, 19), "Z");
  auto accepted = co_await context.daemon.call("POST", "/v1/admin/test-messages", std::move(wish));
  if (!accepted) co_return std::unexpected(accepted.error());
  const std::string id = text_of(*accepted, "id");
  co_await context.stage.say(concat("Stored as message ", id, "; Ctrl-C stops watching, not the message.\n"));
  co_return co_await follow_message(context, id, std::chrono::seconds{arguments.number("wait", 120)});
}

constexpr std::array minutes_parameters{
    Parameter{.name = "minutes", .help = "It ends by itself after so many.", .least = 1, .most = 240}};
constexpr std::array drill_parameters{
    Parameter{.name = "what", .help = "What is to fail.", .choices = "uplink-down", .required = true},
    Parameter{.name = "minutes", .help = "It ends by itself after so many, 5 by default.", .least = 1, .most = 240}};
constexpr std::array id_parameters{Parameter{.name = "id", .help = "The message's id.", .required = true}};
constexpr std::array purge_parameters{
    Parameter{.name = "class", .help = "Of which class.", .choices = "alarm|otp|once|info|bulk", .required = true}};
constexpr std::array provider_parameters{
    Parameter{.name = "provider", .help = "By its name: show providers.", .choices = "@providers", .required = true}};
constexpr std::array test_parameters{
    Parameter{.name = "number", .help = "To whom, as +358401234567.", .required = true},
    Parameter{.kind = Kind::keyword, .name = "via", .help = "By this provider only.", .choices = "@providers"},
    Parameter{.kind = Kind::keyword,
              .name = "wait",
              .help = "Seconds to watch it, 120 by default.",
              .least = 1,
              .most = 1500},
    Parameter{.kind = Kind::keyword, .name = "text", .help = "Another text, in quotation marks.", .secret = true}};

}  // namespace

void add_queue_commands(std::vector<Command>& all) {
  all.insert(
      all.end(),
      {{"queue pause", Role::tech, "Send nothing for a while (15 minutes); ends by itself.", minutes_parameters,
        pause_queue},
       {"queue resume", Role::tech, "Send again.", {}, resume_queue},
       {"queue retry", Role::tech, "Try a waiting message now.", id_parameters, retry_message},
       {"queue cancel", Role::tech, "Cancel a message that is still queued.", id_parameters, cancel_message},
       {"queue purge", Role::admin, "Cancel all queued messages of a class (asks first).", purge_parameters,
        purge_queue},
       {"provider enable", Role::tech, "Use a provider again.", provider_parameters, enable_provider},
       {"provider disable", Role::tech, "Give a provider nothing, until the daemon restarts.", provider_parameters,
        disable_provider},
       {"provider reset-breaker", Role::tech, "Trust a provider again at once.", provider_parameters, reset_breaker},
       {"failover simulate", Role::tech, "Act as if the uplink were down; ends by itself.", drill_parameters,
        simulate_failover},
       {"failover end", Role::tech, "End that drill now.", {}, end_failover},
       {"test send", Role::tech, "Send a test message and watch each step.", test_parameters, test_send}});
}

}  // namespace firmware::console
