#include "tools/modem-sim/control.hpp"

#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "tools/modem-sim/event_json.hpp"
#include "tools/modem-sim/options.hpp"

namespace modem_sim {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t max_messages_a_reply = 1000;
constexpr std::int64_t max_duration_ms = 366LL * 24 * 3600 * 1000;

Json refused(const std::string& why) { return Json{{"ok", false}, {"error", why}}; }
Json done() { return Json{{"ok", true}}; }

std::optional<relay::Millis> milliseconds(const Json& command, const char* key) {
  if (!command.contains(key)) return std::nullopt;
  return relay::Millis{std::clamp(command.at(key).get<std::int64_t>(), std::int64_t{0}, max_duration_ms)};
}

Json of(const relay::Result<int>& result, const char* key) {
  if (!result) return refused(result.error().message);
  return Json{{"ok", true}, {key, *result}};
}

Json fault(Host& host, const Json& command) {
  const auto name = command.at("kind").get<std::string>();
  const auto kind = fault_kind_of(name);
  if (!kind) return refused("there is no fault \"" + name + "\"; README.md lists them");
  Fault fault{.kind = *kind, .duration = milliseconds(command, "for_ms")};
  fault.probability = command.value("probability", 1.0);
  const bool effect_lasts = *kind == FaultKind::lost_before_acceptance || *kind == FaultKind::lost_after_acceptance;
  const bool open_ended = command.contains("probability") || (command.contains("for_ms") && !effect_lasts);
  fault.count = command.value("count", open_ended ? -1 : 1);
  fault.code = command.value("code", fault.code);
  fault.count_of_bytes = command.value("amount", fault.count_of_bytes);
  host.model().inject(fault, host.now());
  return done();
}

Json inbound(Host& host, const Json& command) {
  if (command.contains("pdu"))
    return of(host.model().deliver_pdu(command.at("pdu").get<std::string>(), host.now()), "parts");
  InboundText text{.from = command.at("from").get<std::string>(),
                   .text = command.at("text").get<std::string>(),
                   .message_class = std::nullopt};
  if (command.contains("class")) text.message_class = command.at("class").get<int>();
  text.force_ucs2 = command.value("ucs2", false);
  return of(host.model().deliver(text, host.now()), "parts");
}

Json report(Host& host, const Json& command) {
  return of(host.model().report(command.at("mr").get<int>(), command.value("status", 0), host.now()), "mr");
}

Json register_in(Host& host, const Json& command) {
  const std::map<std::string, std::optional<Domain>> domains{
      {"all", std::nullopt}, {"creg", Domain::circuit}, {"cgreg", Domain::packet}, {"cereg", Domain::lte}};
  const auto domain = domains.find(command.value("domain", "all"));
  if (domain == domains.end()) return refused("the domain is none of all, creg, cgreg, cereg");
  host.model().set_registration(domain->second, command.at("stat").get<int>(), host.now());
  return done();
}

Json set(Host& host, const Json& command) {
  auto send = host.model().config().send;
  auto ussd = host.model().config().ussd;
  for (const auto& [key, value] : command.items()) {
    const auto ms = [&] { return milliseconds(command, key.c_str()).value_or(relay::Millis{0}); };
    if (key == "do") continue;
    if (key == "latency_ms") {
      send.latency_min = send.latency_max = ms();
    } else if (key == "latency_min_ms") {
      send.latency_min = ms();
    } else if (key == "latency_max_ms") {
      send.latency_max = ms();
    } else if (key == "prompt_delay_ms") {
      send.prompt_delay = ms();
    } else if (key == "report_delay_ms") {
      send.report_delay = ms();
    } else if (key == "report_first") {
      send.report_before_answer = value.get<bool>();
    } else if (key == "report_twice") {
      send.duplicate_reports = value.get<bool>();
    } else if (key == "report") {
      const auto outcome = report_outcome_of(value.get<std::string>());
      if (!outcome) return refused("report is none of none, delivered, failed, pending_then_delivered");
      send.report = *outcome;
    } else if (key == "ussd") {
      ussd.reply = value.get<std::string>();
    } else if (key == "ussd_state") {
      ussd.state = value.get<int>();
    } else if (key == "ussd_silent") {
      ussd.silent = value.get<bool>();
    } else if (key == "ussd_delay_ms") {
      ussd.delay = ms();
    } else if (key == "signal") {
      host.model().set_signal_quality(value.get<int>());
    } else if (key == "sim_places") {
      host.model().set_sim_capacity(value.get<int>(), host.now());
    } else {
      return refused("there is no setting \"" + key + "\"");
    }
  }
  host.model().set_send_behaviour(send);
  host.model().set_ussd(std::move(ussd));
  return done();
}

Json stats(Host& host, const Json& /*command*/) {
  const auto occupation = host.ledger().occupation(host.now());
  return Json{{"ok", true},
              {"accepted", host.ledger().accepted()},
              {"refused_pdus", host.ledger().refused_pdus()},
              {"sends", occupation.sends},
              {"busy_ms", occupation.busy.count()},
              {"since_first_send_ms", occupation.since_first_send.count()},
              {"busy_share", occupation.busy_share()},
              {"last_gap_ms", occupation.last_gap.count()},
              {"longest_gap_ms", occupation.longest_gap.count()}};
}

Json messages(Host& host, const Json& command) {
  const auto since = command.value("since", std::int64_t{0});
  Json list = Json::array();
  for (const auto& entry : host.ledger().entries()) {
    if (entry.number <= since) continue;
    if (list.size() == max_messages_a_reply) break;
    list.push_back(Json::parse(json_line(entry)));
  }
  return Json{{"ok", true}, {"accepted", host.ledger().accepted()}, {"messages", std::move(list)}};
}

Json dispatch(Host& host, const Json& command) {
  const auto verb = command.at("do").get<std::string>();
  using Run = Json (*)(Host&, const Json&);
  static const std::map<std::string, Run> verbs{
      {"fault", fault},
      {"inbound", inbound},
      {"report", report},
      {"register", register_in},
      {"set", set},
      {"stats", stats},
      {"messages", messages},
      {"ussd",
       [](Host& h, const Json& c) { return h.model().say_ussd(c.at("text").get<std::string>(), h.now()), done(); }},
      {"clear_faults", [](Host& h, const Json&) { return h.model().clear_faults(h.now()), done(); }},
      {"reboot", [](Host& h, const Json&) { return h.model().restart(h.now()), done(); }},
      {"unplug", [](Host& h, const Json& c) { return h.model().unplug(milliseconds(c, "for_ms"), h.now()), done(); }},
      {"plug", [](Host& h, const Json&) { return h.model().plug(h.now()), done(); }},
      {"quit", [](Host&, const Json&) { return done(); }},
  };
  const auto found = verbs.find(verb);
  return found == verbs.end() ? refused("there is no command \"" + verb + "\"") : found->second(host, command);
}

}  // namespace

ControlReply run_control_command(Host& host, std::string_view line) {
  ControlReply reply;
  Json answer;
  try {
    const auto command = Json::parse(line);
    answer = dispatch(host, command);
    reply.quit = command.at("do") == "quit";
  } catch (const Json::exception& error) {
    answer = refused(error.what());
  }
  host.settle();
  reply.line = answer.dump(-1, ' ', false, Json::error_handler_t::replace);
  return reply;
}

}  // namespace modem_sim
