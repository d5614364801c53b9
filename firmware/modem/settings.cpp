#include "firmware/modem/settings.hpp"

#include <array>

namespace modem {
namespace {

using relay::config::Setting;
using relay::config::Type;

constexpr std::array settings{
    Setting{
        .name = "device",
        .type = Type::text,
        .default_value = "/dev/modem0",
        .text =
            "Stable name of the modem's AT port, or usb:VID:PID or usb:VID:PID:INTERFACE, or tcp:HOST:PORT for a line "
            "of a serial server (raw TCP); resolved anew at each open."},
    Setting{.name = "baud",
            .type = Type::integer,
            .default_value = "115200",
            .text = "Speed of the line, 8N1; USB modems take any.",
            .min = 9600,
            .max = 921600},
    Setting{.name = "hardware_flow_control",
            .type = Type::boolean,
            .default_value = "false",
            .text = "RTS/CTS, where the wires are there."},
    Setting{
        .name = "board_slot",
        .type = Type::boolean,
        .default_value = "true",
        .text =
            "Whether it sits in the board's own slot: then the board's power key and reset line are this modem's. Of "
            "several modems one may."},
    Setting{.name = "profile",
            .type = Type::text,
            .text = "Name of the profile to use; empty: chosen by what the modem says of itself.",
            .max = 64},
    Setting{.name = "profile_directory",
            .type = Type::text,
            .default_value = "/etc/edge-relay/modem-profiles",
            .text = "Profiles (*.toml) here replace the built-in ones of the same name; it need not exist."},
    Setting{.name = "pin",
            .type = Type::secret,
            .text = "PIN of the SIM; entered only while at least two tries are left, and never again once refused."},
    Setting{.name = "service_centre",
            .type = Type::text,
            .text = "Number of the SMS service centre, with plus; empty: the one on the SIM."},
    Setting{.name = "allow_roaming",
            .type = Type::boolean,
            .default_value = "true",
            .text = "Send while registered in a foreign network, too; it may cost more."},
    Setting{.name = "national_languages",
            .type = Type::list,
            .text =
                "Languages whose 7 bit tables (3GPP TS 23.038 annex A) may be used where they save parts; telephones "
                "that do not know them show wrong characters, and what was accepted with more parts counts as such.",
            .choices = "turkish|spanish|portuguese|bengali|gujarati|hindi|kannada|malayalam|oriya|punjabi|tamil|telugu|"
                       "urdu"},
    Setting{.name = "repeat_prefix",
            .type = Type::text,
            .default_value = "[repeat] ",
            .text = "Put before the text of a copy that may be a second one."},
    Setting{.name = "send_timeout",
            .type = Type::duration,
            .text = "How long the modem may take to answer one message part; empty: as its profile says (75s to 180s).",
            .min = 10'000,
            .max = 300'000},
    Setting{.name = "command_gap",
            .type = Type::duration,
            .text = "Pause before each command, for modems that lose characters; empty: as its profile says.",
            .min = 0,
            .max = 1000},
    Setting{.name = "delivery_reports",
            .type = Type::boolean,
            .default_value = "true",
            .text = "Ask the network for a delivery report of each message."},
    Setting{.name = "receipt_window",
            .type = Type::duration,
            .default_value = "2d",
            .text = "How long a delivery report may take; then the message ends as unconfirmed.",
            .min = 60'000,
            .max = 8LL * 24 * 3'600'000},
    Setting{.name = "sweep_interval",
            .type = Type::duration,
            .default_value = "5m",
            .text = "How often the modem's store is looked through for messages that it failed to announce.",
            .min = 60'000,
            .max = 24LL * 3'600'000},
    Setting{.name = "canary_interval",
            .type = Type::duration,
            .default_value = "1d",
            .text = "After so long without a message that went out, one is sent as a proof; 0s: never.",
            .min = 0,
            .max = 30LL * 24 * 3'600'000},
    Setting{.name = "canary_number",
            .type = Type::text,
            .text = "Where that proof goes; empty: to the SIM's own number, if the SIM holds it.",
            .max = 21},
    Setting{
        .name = "failure_run",
        .type = Type::integer,
        .default_value = "5",
        .text = "So many failed sends in a row are taken as a fault of the modem: it is reset, then taken out of use.",
        .min = 2,
        .max = 100},
    Setting{
        .name = "parts_per_hour",
        .type = Type::integer,
        .default_value = "0",
        .text =
            "Message parts that the SIM may send in an hour (UTC), alarms included; 0: no limit. Counted on, by SIM, "
            "over restarts.",
        .min = 0,
        .max = 1'000'000},
    Setting{.name = "parts_per_day",
            .type = Type::integer,
            .default_value = "0",
            .text = "The same in a day (UTC).",
            .min = 0,
            .max = 1'000'000},
    Setting{.name = "parts_per_month",
            .type = Type::integer,
            .default_value = "0",
            .text = "The same in a month (UTC).",
            .min = 0,
            .max = 1'000'000},
    Setting{
        .name = "prefixes",
        .type = Type::list,
        .default_value = "[]",
        .text =
            "Numbers that this SIM sends to begin so, for example [\"+358\", \"+46\"]; others go another way. None: "
            "all.",
        .max = 64},
    Setting{.name = "balance_code",
            .type = Type::text,
            .text = "USSD code that asks the operator for the balance, for example *100#; empty: it is not asked for.",
            .max = 40},
    Setting{.name = "balance_pattern",
            .type = Type::text,
            .default_value = "(-?[0-9]+(?:[.,][0-9]+)?)",
            .text = "Regular expression (ECMAScript) that finds the amount in the answer: its only group.",
            .max = 200},
    Setting{.name = "balance_interval",
            .type = Type::duration,
            .default_value = "1d",
            .text = "How often it is asked for.",
            .min = 600'000,
            .max = 30LL * 24 * 3'600'000},
    Setting{.name = "balance_alarm_below",
            .type = Type::number,
            .default_value = "0",
            .text = "A balance below this is an alarm; 0: never.",
            .min = 0,
            .max = 1'000'000},
};

constexpr relay::config::Table table{
    .path = "providers.*",
    .kind = "modem",
    .text = "Sends and receives SMS through a cellular modem on a serial line or USB.",
    .settings = settings,
};

}  // namespace

const relay::config::Table& settings_table() { return table; }

namespace {

std::optional<relay::Millis> duration_if_given(const relay::config::Section& section, std::string_view name) {
  return section.has(name) ? std::optional{section.duration(name)} : std::nullopt;
}

}  // namespace

Settings Settings::from(const relay::config::Section& section) {
  Settings result;
  result.name = section.name();
  result.line.device = section.text("device");
  result.line.baud = static_cast<int>(section.integer("baud"));
  result.line.hardware_flow_control = section.boolean("hardware_flow_control");
  result.pin = section.text("pin");
  result.service_centre = section.text("service_centre");
  for (const auto& language : section.list("national_languages")) {
    if (const auto known = tpdu::parse_language(language)) result.languages.push_back(*known);
  }
  result.repeat_prefix = section.text("repeat_prefix");
  result.board_slot = section.boolean("board_slot");
  result.profile = section.text("profile");
  result.profile_directory = section.text("profile_directory");
  result.allow_roaming = section.boolean("allow_roaming");
  result.send_timeout = duration_if_given(section, "send_timeout");
  result.command_gap = duration_if_given(section, "command_gap");
  result.canary_interval = section.duration("canary_interval");
  result.canary_number = section.text("canary_number");
  result.failure_run = static_cast<int>(section.integer("failure_run"));
  result.limits = {.per_hour = static_cast<int>(section.integer("parts_per_hour")),
                   .per_day = static_cast<int>(section.integer("parts_per_day")),
                   .per_month = static_cast<int>(section.integer("parts_per_month"))};
  result.prefixes = section.list("prefixes");
  result.balance = {.code = section.text("balance_code"),
                    .pattern = section.text("balance_pattern"),
                    .interval = section.duration("balance_interval"),
                    .alarm_below = section.number("balance_alarm_below")};
  result.delivery_reports = section.boolean("delivery_reports");
  result.receipt_window = section.duration("receipt_window");
  result.sweep_interval = section.duration("sweep_interval");
  return result;
}

}  // namespace modem
