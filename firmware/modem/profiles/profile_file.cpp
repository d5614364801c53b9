#include "firmware/modem/profiles/profile_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::Millis;
using relay::config::Section;
using relay::config::Setting;
using relay::config::Type;

constexpr std::int64_t minute_ms = 60'000;
constexpr std::int64_t day_ms = 24 * 60 * minute_ms;

constexpr std::array profile_settings{
    Setting{.name = "title", .type = Type::text, .text = "What it is for.", .min = 1, .max = 100, .required = true},
};
constexpr relay::config::Table profile_table{
    .path = "profile", .kind = {}, .text = "Name for people.", .settings = profile_settings};

constexpr std::array match_settings{
    Setting{.name = "manufacturer", .type = Type::list, .default_value = "[]", .text = "Patterns for +CGMI."},
    Setting{.name = "model", .type = Type::list, .default_value = "[]", .text = "Patterns for +CGMM."},
    Setting{.name = "usb", .type = Type::list, .default_value = "[]", .text = "USB ids, as 1e0e:9001."},
};
constexpr relay::config::Table match_table{
    .path = "match", .kind = {}, .text = "Which modems it is for.", .settings = match_settings};

constexpr std::array port_settings{
    Setting{.name = "at_interface", .type = Type::text, .text = "bInterfaceNumber of the AT port.", .max = 2},
};
constexpr relay::config::Table port_table{
    .path = "port", .kind = {}, .text = "Which of its ports takes commands.", .settings = port_settings};

constexpr std::array start_settings{
    Setting{.name = "commands", .type = Type::list, .default_value = "[]", .text = "Sent in every start.", .max = 16},
    Setting{.name = "busy_codes", .type = Type::list, .default_value = "[]", .text = "Not ready yet: ask again."},
    Setting{.name = "boot_lines", .type = Type::list, .default_value = "[]", .text = "Unasked signs of a restart."},
};
constexpr relay::config::Table start_table{
    .path = "start", .kind = {}, .text = "The start sequence.", .settings = start_settings};

constexpr std::array sim_settings{
    Setting{
        .name = "iccid_commands", .type = Type::list, .default_value = "AT+CCID, AT+ICCID", .text = "Tried in order."},
    Setting{.name = "tries_command", .type = Type::text, .text = "Tells the tries left for PIN 1."},
    Setting{.name = "tries_prefix", .type = Type::text, .text = "Start of the line that holds them."},
    Setting{
        .name = "tries_field", .type = Type::integer, .default_value = "1", .text = "Its field.", .min = 1, .max = 8},
    Setting{.name = "after_pin",
            .type = Type::duration,
            .default_value = "2s",
            .text = "Silence after a PIN.",
            .min = 0,
            .max = minute_ms},
};
constexpr relay::config::Table sim_table{.path = "sim", .kind = {}, .text = "The SIM.", .settings = sim_settings};

constexpr std::array message_settings{
    Setting{.name = "memories", .type = Type::list, .default_value = "ME, SM, MT", .text = "By preference."},
    Setting{.name = "indications",
            .type = Type::list,
            .default_value = "[]",
            .text = "+CNMI settings to try in order; none: what the modem offers."},
    Setting{.name = "stored_reports_readable",
            .type = Type::boolean,
            .default_value = "true",
            .text = "Whether reports may be stored (ds 2)."},
    Setting{.name = "acknowledges",
            .type = Type::list,
            .default_value = "AT+CNMA=0, AT+CNMA=1, AT+CNMA",
            .text = "Forms of the acknowledgement."},
    Setting{.name = "acknowledged_service",
            .type = Type::integer,
            .default_value = "1",
            .text = "+CSMS for acknowledged messages.",
            .min = 1,
            .max = 255},
    Setting{.name = "keeps_link", .type = Type::boolean, .default_value = "true", .text = "+CMMS before bursts."},
    Setting{.name = "service_centre_readable",
            .type = Type::boolean,
            .default_value = "true",
            .text = "+CSCA? tells the truth."},
    Setting{.name = "store_then_send",
            .type = Type::boolean,
            .default_value = "false",
            .text = "+CMGW and +CMSS instead of +CMGS."},
    Setting{.name = "stored_state_is_proof",
            .type = Type::boolean,
            .default_value = "false",
            .text = "A stored message turns sent with the network's acknowledgement only."},
};
constexpr relay::config::Table message_table{
    .path = "messages", .kind = {}, .text = "Sending and receiving.", .settings = message_settings};

constexpr std::array ussd_settings{
    Setting{.name = "charset",
            .type = Type::text,
            .default_value = "GSM",
            .text = "+CSCS for USSD: GSM, IRA or UCS2.",
            .max = 8},
    Setting{.name = "packed",
            .type = Type::boolean,
            .default_value = "false",
            .text = "Its text is packed septets in hex."},
};
constexpr relay::config::Table ussd_table{.path = "ussd", .kind = {}, .text = "USSD.", .settings = ussd_settings};

constexpr std::array signal_settings{
    Setting{.name = "command", .type = Type::text, .text = "The vendor's command for the LTE signal."},
    Setting{.name = "prefix", .type = Type::text, .text = "How its line begins."},
    Setting{.name = "rsrp_field",
            .type = Type::integer,
            .default_value = "0",
            .text = "Field of RSRP, dBm.",
            .min = 0,
            .max = 20},
    Setting{.name = "sinr_field",
            .type = Type::integer,
            .default_value = "0",
            .text = "Field of SINR.",
            .min = 0,
            .max = 20},
    Setting{.name = "sinr_steps_per_db",
            .type = Type::integer,
            .default_value = "1",
            .text = "What one dB is in it.",
            .min = 1,
            .max = 100},
    Setting{.name = "sinr_offset_db",
            .type = Type::integer,
            .default_value = "0",
            .text = "What its 0 stands for.",
            .min = -100,
            .max = 100},
};
constexpr relay::config::Table signal_table{
    .path = "signal", .kind = {}, .text = "Signal of LTE.", .settings = signal_settings};

constexpr std::array limit_settings{
    Setting{.name = "command_gap",
            .type = Type::duration,
            .default_value = "0ms",
            .text = "Pause before each command.",
            .min = 0,
            .max = 1000},
    Setting{.name = "prompt",
            .type = Type::duration,
            .default_value = "10s",
            .text = "From +CMGS to its prompt.",
            .min = 1000,
            .max = minute_ms},
    Setting{.name = "answer",
            .type = Type::duration,
            .default_value = "120s",
            .text = "From the PDU to its answer.",
            .min = 10'000,
            .max = 5 * minute_ms},
    Setting{.name = "radio_wait",
            .type = Type::duration,
            .default_value = "5s",
            .text = "Between radio off and on.",
            .min = 0,
            .max = minute_ms},
    Setting{.name = "restart_wait",
            .type = Type::duration,
            .default_value = "5s",
            .text = "How long it is away after a restart, at least.",
            .min = 0,
            .max = 2 * minute_ms},
};
constexpr relay::config::Table limit_table{
    .path = "limits", .kind = {}, .text = "Time limits.", .settings = limit_settings};

constexpr Setting spacing_setting(std::string_view name, std::string_view default_value) {
  return {.name = name,
          .type = Type::duration,
          .default_value = default_value,
          .text = "At least so long between two.",
          .min = 0,
          .max = day_ms};
}
constexpr std::array recovery_settings{
    Setting{.name = "steps",
            .type = Type::list,
            .default_value = "resync, reopen, radio_cycle, restart_modem, usb_reset, power_cycle",
            .text = "The rungs, mildest first.",
            .min = 1,
            .max = 6},
    Setting{.name = "radio_off", .type = Type::text, .default_value = "AT+CFUN=4", .text = "Radio off."},
    Setting{.name = "radio_on", .type = Type::text, .default_value = "AT+CFUN=1", .text = "Radio on."},
    Setting{.name = "restart", .type = Type::text, .default_value = "AT+CFUN=1,1", .text = "Restart."},
    spacing_setting("radio_cycle_spacing", "2m"),
    spacing_setting("restart_modem_spacing", "5m"),
    spacing_setting("usb_reset_spacing", "10m"),
    spacing_setting("power_cycle_spacing", "15m"),
    Setting{.name = "resets_per_hour",
            .type = Type::integer,
            .default_value = "3",
            .text = "Restarts and harder, together.",
            .min = 0,
            .max = 20},
    Setting{.name = "resets_per_day",
            .type = Type::integer,
            .default_value = "10",
            .text = "Restarts and harder, together.",
            .min = 0,
            .max = 100},
};
constexpr relay::config::Table recovery_table{
    .path = "recovery", .kind = {}, .text = "What is tried when it does not work.", .settings = recovery_settings};

constexpr Setting pulse_setting(std::string_view name, std::string_view default_value) {
  return {.name = name,
          .type = Type::duration,
          .default_value = default_value,
          .text = "For boards with the line.",
          .min = 0,
          .max = 2 * minute_ms};
}
constexpr std::array power_settings{
    pulse_setting("on_pulse", "1s"),     pulse_setting("off_pulse", "1500ms"), pulse_setting("off_wait", "5s"),
    pulse_setting("reset_pulse", "0ms"), pulse_setting("ready_wait", "15s"),
};
constexpr relay::config::Table power_table{
    .path = "power", .kind = {}, .text = "Power key and reset line.", .settings = power_settings};

constexpr std::array<const relay::config::Table*, 11> tables{
    &profile_table, &match_table,  &port_table,  &start_table,    &sim_table,  &message_table,
    &ussd_table,    &signal_table, &limit_table, &recovery_table, &power_table};

std::string name_of_file(const std::string& file) {
  const auto slash = file.rfind('/');
  std::string name = slash == std::string::npos ? file : file.substr(slash + 1);
  if (name.ends_with(".toml")) name.resize(name.size() - 5);
  return name;
}

void read_messages(Profile& profile, const Section& messages) {
  profile.memories = messages.list("memories");
  profile.indications = messages.list("indications");
  profile.stored_reports_readable = messages.boolean("stored_reports_readable");
  profile.acknowledges = messages.list("acknowledges");
  profile.acknowledged_service = static_cast<int>(messages.integer("acknowledged_service"));
  profile.keeps_link = messages.boolean("keeps_link");
  profile.service_centre_readable = messages.boolean("service_centre_readable");
  profile.store_then_send = messages.boolean("store_then_send");
  profile.stored_state_is_proof = messages.boolean("stored_state_is_proof");
}

/// False: a step that there is not.
bool read_recovery(RecoveryPlan& plan, const Section& recovery) {
  plan.steps.clear();
  for (const auto& name : recovery.list("steps")) {
    const auto rung = rung_of(name);
    if (!rung) return false;
    plan.steps.push_back(*rung);
  }
  plan.radio_off = recovery.text("radio_off");
  plan.radio_on = recovery.text("radio_on");
  plan.restart = recovery.text("restart");
  for (const Rung rung : {Rung::radio_cycle, Rung::restart_modem, Rung::usb_reset, Rung::power_cycle}) {
    plan.spacing[static_cast<std::size_t>(rung)] = recovery.duration(relay::concat(name_of(rung), "_spacing"));
  }
  plan.resets_per_hour = static_cast<int>(recovery.integer("resets_per_hour"));
  plan.resets_per_day = static_cast<int>(recovery.integer("resets_per_day"));
  return std::ranges::is_sorted(plan.steps) && std::ranges::adjacent_find(plan.steps) == plan.steps.end();
}

bool is_hex(std::string_view text, std::size_t length) {
  return text.size() == length &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0 || (c >= 'a' && c <= 'f'); });
}

bool is_usb_id(std::string_view id) {
  return id.size() == 9 && id[4] == ':' && is_hex(id.substr(0, 4), 4) && is_hex(id.substr(5), 4);
}

/// What the tables cannot say. Empty: all is well.
std::string problem_in(const Profile& profile) {
  for (const auto& id : profile.usb_ids) {
    if (!is_usb_id(id))
      return relay::concat("[match] usb: \"", id, "\" is no USB id; write 1e0e:9001, in small letters");
  }
  if (!profile.at_interface.empty() && !is_hex(profile.at_interface, 2)) {
    return "[port] at_interface: write the two hex digits of bInterfaceNumber, as 02";
  }
  for (const auto* list : {&profile.commands, &profile.iccid_commands, &profile.acknowledges}) {
    const auto bad = std::ranges::find_if(*list, [](const auto& command) { return !command.starts_with("AT"); });
    if (bad != list->end()) return relay::concat("\"", *bad, "\" is no command; begin it with AT");
  }
  if (!profile.tries_command.empty() && profile.tries_prefix.empty()) {
    return "[sim] tries_prefix: say how the line with the tries begins";
  }
  constexpr std::array<std::string_view, 3> charsets{"GSM", "IRA", "UCS2"};
  if (std::ranges::find(charsets, profile.ussd.charset) == charsets.end())
    return "[ussd] charset: write GSM, IRA or UCS2";
  if (!profile.signal.command.empty() && (!profile.signal.command.starts_with("AT") || profile.signal.prefix.empty()))
    return "[signal] command: begin it with AT, and say in prefix how its line begins";
  if (profile.stored_state_is_proof && !profile.store_then_send) {
    return "[messages] stored_state_is_proof: nothing is stored without store_then_send";
  }
  return {};
}

}  // namespace

std::string_view name_of(Rung rung) {
  constexpr std::array<std::string_view, rung_count> names{"resync",        "reopen",    "radio_cycle",
                                                           "restart_modem", "usb_reset", "power_cycle"};
  return names[static_cast<std::size_t>(rung)];
}

std::optional<Rung> rung_of(std::string_view name) {
  for (std::size_t i = 0; i < rung_count; ++i) {
    if (name_of(static_cast<Rung>(i)) == name) return static_cast<Rung>(i);
  }
  return std::nullopt;
}

relay::config::Tables profile_tables() { return tables; }

relay::Result<Profile> read_profile(std::string_view text, const std::string& file) {
  const auto document = relay::config::Document::parse(text, file, tables, [](const std::string&) {
    return std::optional<std::string>{};  // A profile has no secrets.
  });
  if (!document) return std::unexpected(document.error());
  Profile profile;
  profile.name = name_of_file(file);
  profile.title = document->section("profile").text("title");
  const Section& match = document->section("match");
  profile.manufacturers = match.list("manufacturer");
  profile.models = match.list("model");
  profile.usb_ids = match.list("usb");
  profile.at_interface = document->section("port").text("at_interface");
  const Section& start = document->section("start");
  profile.commands = start.list("commands");
  profile.busy_codes = start.list("busy_codes");
  profile.boot_lines = start.list("boot_lines");
  const Section& sim = document->section("sim");
  profile.iccid_commands = sim.list("iccid_commands");
  profile.tries_command = sim.text("tries_command");
  profile.tries_prefix = sim.text("tries_prefix");
  profile.tries_field = static_cast<int>(sim.integer("tries_field"));
  profile.after_pin = sim.duration("after_pin");
  read_messages(profile, document->section("messages"));
  profile.ussd = {document->section("ussd").text("charset"), document->section("ussd").boolean("packed")};
  const Section& signal = document->section("signal");
  profile.signal = {.command = signal.text("command"),
                    .prefix = signal.text("prefix"),
                    .rsrp_field = static_cast<int>(signal.integer("rsrp_field")),
                    .sinr_field = static_cast<int>(signal.integer("sinr_field")),
                    .sinr_steps_per_db = static_cast<int>(signal.integer("sinr_steps_per_db")),
                    .sinr_offset_db = static_cast<int>(signal.integer("sinr_offset_db"))};
  const Section& limits = document->section("limits");
  profile.command_gap = limits.duration("command_gap");
  profile.prompt_limit = limits.duration("prompt");
  profile.answer_limit = limits.duration("answer");
  profile.radio_wait = limits.duration("radio_wait");
  profile.restart_wait = limits.duration("restart_wait");
  const Section& power = document->section("power");
  profile.power = {.on_pulse = power.duration("on_pulse"),
                   .off_pulse = power.duration("off_pulse"),
                   .off_wait = power.duration("off_wait"),
                   .reset_pulse = power.duration("reset_pulse"),
                   .ready_wait = power.duration("ready_wait")};
  std::string problem;
  if (!read_recovery(profile.recovery, document->section("recovery"))) {
    problem =
        "[recovery] steps: name rungs (resync, reopen, radio_cycle, restart_modem, usb_reset, power_cycle), each "
        "once and in this order";
  } else {
    problem = problem_in(profile);
  }
  if (!problem.empty()) return relay::fail(relay::ErrorCode::invalid_argument, relay::concat(file, ": ", problem));
  return profile;
}

}  // namespace modem
