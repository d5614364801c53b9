#include "tools/modem-sim/options.hpp"

#include <map>

#include <CLI/CLI.hpp>

namespace modem_sim {
namespace {

const std::map<std::string, ReportOutcome>& report_names() {
  static const std::map<std::string, ReportOutcome> names{
      {"none", ReportOutcome::none},
      {"delivered", ReportOutcome::delivered},
      {"failed", ReportOutcome::failed},
      {"pending_then_delivered", ReportOutcome::pending_then_delivered}};
  return names;
}

/// "200" or "150-400".
bool read_range(const std::string& text, relay::Millis& low, relay::Millis& high) {
  const auto dash = text.find('-');
  std::int64_t from = 0;
  std::int64_t to = 0;
  if (!CLI::detail::lexical_cast(text.substr(0, dash), from)) return false;
  to = from;
  if (dash != std::string::npos && !CLI::detail::lexical_cast(text.substr(dash + 1), to)) return false;
  low = relay::Millis{from};
  high = relay::Millis{to};
  return from >= 0 && from <= to;
}

void add_milliseconds(CLI::App& app, const std::string& name, relay::Millis& into, const std::string& text) {
  app.add_option_function<std::int64_t>(
         name, [&into](std::int64_t ms) { into = relay::Millis{ms}; }, text)
      ->check(CLI::Range(0, 86'400'000))
      ->type_name("MS")
      ->default_str(std::to_string(into.count()));
}

void add_identity(CLI::App& app, ModemConfig& modem) {
  const std::string group = "Who it is";
  app.add_option("--manufacturer", modem.manufacturer, "Answer of +CGMI")->capture_default_str()->group(group);
  app.add_option("--model", modem.model, "Answer of +CGMM")->capture_default_str()->group(group);
  app.add_option("--revision", modem.revision, "Answer of +CGMR")->capture_default_str()->group(group);
  app.add_option("--imei", modem.imei, "Answer of +CGSN")->capture_default_str()->group(group);
  app.add_option("--imsi", modem.imsi, "Answer of +CIMI")->capture_default_str()->group(group);
  app.add_option("--iccid", modem.iccid, "Answer of +CCID")->capture_default_str()->group(group);
  app.add_option("--boot-line", modem.boot_lines, "Unasked lines after a restart, in order")->group(group);
  app.add_option("--sms-ready-line", modem.sms_ready_line, "Unasked line when SMS works after a restart")
      ->capture_default_str()
      ->group(group);
}

void add_sim(CLI::App& app, ModemConfig& modem) {
  const std::string group = "SIM and network";
  app.add_option("--pin", modem.pin, "The SIM asks for this PIN (default: none)")->group(group);
  app.add_option("--puk", modem.puk, "The SIM's PUK")->capture_default_str()->group(group);
  app.add_option("--own-number", modem.own_number, "The SIM's own number, as +CNUM tells it")->group(group);
  app.add_flag("!--no-sim", modem.sim_present, "No SIM is inserted")->group(group);
  app.add_option("--smsc", modem.smsc, "Service centre of +CSCA")->capture_default_str()->group(group);
  app.add_option("--sim-places", modem.sim_capacity, "Message places of the store SM")
      ->check(CLI::Range(1, 255))
      ->capture_default_str()
      ->group(group);
  app.add_option("--registration", modem.registration,
                 "Registration state: 1 home, 5 roaming, 2 searching, 3 denied ...")
      ->check(CLI::Range(0, 11))
      ->capture_default_str()
      ->group(group);
}

void add_sending(CLI::App& app, ModemConfig& modem) {
  auto& send = modem.send;
  app.add_option_function<std::string>(
         "--latency",
         [&send](const std::string& text) {
           if (!read_range(text, send.latency_min, send.latency_max)) {
             throw CLI::ValidationError("--latency", "give milliseconds, as 200 or 150-400");
           }
         },
         "From Ctrl-Z to the answer: one value or a range")
      ->type_name("MS[-MS]")
      ->default_str("0");
  add_milliseconds(app, "--prompt-delay", send.prompt_delay, "From AT+CMGS to the prompt");
  add_milliseconds(app, "--answer-delay", modem.answer_delay, "Before every answer");
  add_milliseconds(app, "--boot-time", modem.boot_duration, "Silence of a restart");
  add_milliseconds(app, "--registration-delay", modem.registration_delay, "From boot (or PIN) to registered");
  add_milliseconds(app, "--report-delay", send.report_delay, "From acceptance to the status report");
  app.add_option_function<std::string>(
         "--report", [&send](const std::string& name) { send.report = report_names().at(name); },
         "Status reports for messages that ask for one")
      ->check(CLI::IsMember({"none", "delivered", "failed", "pending_then_delivered"}))
      ->default_str("none");
  app.add_flag("--report-first", send.report_before_answer, "The report comes before the answer to +CMGS");
  app.add_flag("--report-twice", send.duplicate_reports, "Every report comes twice");
}

}  // namespace

std::optional<ReportOutcome> report_outcome_of(const std::string& name) {
  const auto found = report_names().find(name);
  return found == report_names().end() ? std::nullopt : std::optional{found->second};
}

ParsedOptions parse_options(int argc, char** argv) {
  Options options;
  CLI::App app{
      "A GSM modem with its SIM and network, on a PTY. Prints \"ready PTY LINK\" when it is up; ends on SIGTERM.\n"
      "Example: modem-sim --link /tmp/modem --log - --latency 200 --report delivered"};
  app.add_option("--link", options.link, "Symlink to the PTY; goes and comes with unplug")->type_name("PATH");
  app.add_option("--log", options.log, "JSON lines of all that happens; - for standard output")->type_name("FILE");
  app.add_option("--control", options.control, "Unix socket for commands, one JSON object a line (README.md)")
      ->type_name("PATH");
  app.add_option("--seed", options.seed, "Of the random numbers: latencies and faults")->capture_default_str();
  add_sending(app, options.modem);
  add_identity(app, options.modem);
  add_sim(app, options.modem);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return {std::nullopt, app.exit(error)};
  }
  return {options, 0};
}

}  // namespace modem_sim
