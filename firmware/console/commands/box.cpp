// What the box itself knows, with or without the daemon: network, clock, storage, log, and the terminal's own commands.

#include <array>

#include "firmware/console/commands/commands.hpp"
#include "firmware/console/context.hpp"
#include "firmware/console/hardware_view.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/printable.hpp"
#include "hal/linux/storage.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::joined;
using relay::Result;
using relay::Task;
using Kind = Parameter::Kind;

constexpr relay::Millis log_pause{500};
constexpr std::size_t most_log_at_once = std::size_t{16} * 1024 * 1024;

Task<Result<Answer>> show_network(Context& context, Arguments) {
  Answer answer;
  Table table({"INTERFACE", "STATE", "MAC", "ADDRESSES"});
  answer.data["interfaces"] = ordered_json::array();
  for (const auto& one : Host::interfaces()) {
    table.add({one.name, one.state, one.mac, joined(one.addresses)});
    answer.data["interfaces"].push_back(
        {{"name", one.name}, {"state", one.state}, {"mac", one.mac}, {"addresses", one.addresses}});
  }
  const auto health = co_await context.daemon.call("GET", "/v1/health");
  const std::string uplink = health ? text_of(*health, "uplink") : "unknown (no daemon answers)";
  const auto servers = Host::name_servers();
  answer.data["gateway"] = Host::default_gateway();
  answer.data["name_servers"] = servers;
  answer.data["uplink"] = uplink;
  answer.text = (table.empty() ? std::string{"No network interface.\n"} : table.text()) + "\n" +
                fields({{"Gateway", Host::default_gateway().empty() ? "none" : Host::default_gateway()},
                        {"Name servers", servers.empty() ? "none" : joined(servers)},
                        {"Uplink", uplink}});
  co_return answer;
}

/// The daemon's judgement, which hears the bridge and the modem too; without a daemon the kernel's word.
Task<Result<Answer>> show_clock(Context& context, Arguments) {
  const std::string now = relay::format_rfc3339(context.runtime.clock.wall());
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(context.runtime.clock.steady().time_since_epoch());
  const bool synchronised = Host::clock_is_synchronised(context.runtime.clock.wall());
  const auto health = co_await context.daemon.call("GET", "/v1/health");
  const ordered_json clock = health ? hardware_of(*health, "clock") : ordered_json::object();
  Answer answer{.text = {}, .data = {{"time", now}, {"synchronised", synchronised}, {"uptime_seconds", up.count()}}};
  if (!clock.empty()) answer.data["judgement"] = clock;
  answer.text = fields({{"Time", now},
                        {"Trusted", clock.empty() ? (synchronised ? "yes, it follows a time server"
                                                                  : "no: it follows no time server (and no daemon "
                                                                    "answers, which may know more)")
                                                  : clock_sentence(clock)},
                        {"Time server", synchronised ? "followed" : "none is followed"},
                        {"Battery clock", clock.empty()                         ? ""
                                          : clock.value("battery_clock", false) ? "yes"
                                                                                : "none"},
                        {"Box is up for", duration_text(up.count())}});
  co_return answer;
}

/// "eMMC mmcblk0 DG4032"
std::string disk_name(const hal::StorageHealth& disk) {
  std::string name = hal::name_of(disk.kind);
  for (const auto& part : {disk.device, disk.model}) {
    if (!part.empty()) name += " " + part;
  }
  return name;
}

Task<Result<Answer>> show_storage(Context& context, Arguments) {
  const auto& places = context.host.places();
  const auto space = Host::space(places.data);
  if (!space) co_return fail(ErrorCode::io, "the file system of " + places.data + " does not answer");
  Answer answer;
  Table table({"FILE", "SIZE"});
  for (const std::string& file : {places.outbox, places.outbox + "-wal", places.store()}) {
    const auto size = Host::file_size(file);
    if (!size) continue;
    table.add({file, bytes_text(*size)});
    answer.data["files"][file] = *size;
  }
  answer.data["free_bytes"] = space->free;
  answer.data["total_bytes"] = space->total;
  answer.text = fields({{"Free", concat(bytes_text(space->free), " of ", bytes_text(space->total))},
                        {"Names left", concat(static_cast<int>(space->inodes_free * 100), " %")}});
  if (const auto disk = hal::LinuxStorage().health(places.data)) {
    answer.data["disk"] = {{"kind", hal::name_of(disk->kind)},
                           {"device", disk->device},
                           {"model", disk->model},
                           {"read_only", disk->read_only}};
    if (disk->wear_percent) answer.data["disk"]["wear_percent"] = *disk->wear_percent;
    if (disk->errors) answer.data["disk"]["errors"] = *disk->errors;
    answer.text += fields(
        {{"Disk", disk_name(*disk)},
         {"Wear", wear_sentence(*disk)},
         {"Errors", disk->errors ? concat(*disk->errors, " since the file system was last checked") : "not counted"},
         {"Writable", disk->read_only ? "no: it is read-only" : "yes"}});
  }
  answer.text += "\n" + table.text();
  co_return answer;
}

Task<Result<Answer>> show_version(Context& context, Arguments) {
  const auto health = co_await context.daemon.call("GET", "/v1/health");
  const std::string daemon = health ? text_of(*health, "version") : "not running";
  const std::string kernel = Host::read_line("/proc/sys/kernel/osrelease");
  const std::string serial = Host::serial().empty() ? "none set" : Host::serial();
  const std::string model = Host::model().empty() ? "unknown" : Host::model();
  co_return Answer{.text = fields({{"relayctl", EDGE_RELAY_VERSION},
                                   {"edge-relayd", daemon},
                                   {"Board", model},
                                   {"Serial number", serial},
                                   {"Kernel", kernel},
                                   {"Site", Host::name()}}),
                   .data = {{"relayctl", EDGE_RELAY_VERSION},
                            {"edge_relayd", daemon},
                            {"board", model},
                            {"serial", serial},
                            {"kernel", kernel},
                            {"site", Host::name()}}};
}

/// The file's new lines as they come; a journal follows by itself.
Task<Result<Answer>> follow_log(Context& context) {
  const auto& places = context.host.places();
  if (places.log_file.empty()) {
    auto child = ChildProcess::start(context.runtime, {"journalctl", "--unit", places.unit, "--follow", "--lines", "10",
                                                       "--output", "short-iso", "--quiet"});
    if (!child) co_return std::unexpected(child.error());
    while (true) {
      auto some = co_await child->read();
      if (!some) co_return std::unexpected(some.error());
      if (some->empty()) co_return Answer{};
      co_await context.stage.say(std::move(*some));
    }
  }
  std::int64_t seen = Host::file_size(places.log_file).value_or(0);
  while (true) {
    co_await sleep_for(context.runtime, log_pause);
    const auto size = Host::file_size(places.log_file);
    if (!size || *size < seen) seen = 0;  // a new file
    auto fresh = Host::read_file(places.log_file, most_log_at_once, seen);
    if (!fresh) co_return std::unexpected(fresh.error());
    fresh->resize(fresh->rfind('\n') + 1);  // none: npos + 1 is 0
    if (fresh->empty()) continue;
    seen += static_cast<std::int64_t>(fresh->size());
    co_await context.stage.say(std::move(*fresh));
  }
}

Task<Result<Answer>> show_log(Context& context, Arguments arguments) {
  if (arguments.has("follow")) co_return co_await follow_log(context);
  auto lines = co_await context.host.log_lines(static_cast<int>(arguments.number("lines", 20)));
  if (!lines) co_return std::unexpected(lines.error());
  Answer answer;
  answer.data["lines"] = *lines;
  for (const auto& line : *lines) answer.text += line + "\n";
  if (lines->empty()) answer.text = "The log says nothing.\n";
  co_return answer;
}

Task<Result<Answer>> help(Context& context, Arguments arguments) {
  std::string text = context.table.overview(context.who.role, arguments.text("about"));
  if (text.empty()) co_return fail(ErrorCode::not_found, "no command begins with \"" + arguments.text("about") + "\"");
  text +=
      "\nWords may be abbreviated while they are clear: sh st. ? helps at any place, Tab completes, Ctrl-C stops.\n"
      "Behind a command: | include TEXT, | exclude TEXT, | json.\n";
  Answer answer{.text = std::move(text)};
  for (const auto& command : context.table.commands()) {
    if (command.role <= context.who.role)
      answer.data[std::string{command.words}] = {{"usage", CommandTable::usage(command)}, {"help", command.help}};
  }
  co_return answer;
}

Task<Result<Answer>> set_terminal(Context& context, Arguments arguments) {
  Terminal* terminal = context.stage.terminal();
  if (terminal == nullptr) co_return fail(ErrorCode::conflict, "this is for the console");
  auto& settings = terminal->settings;
  settings.length = static_cast<std::size_t>(arguments.number("length", static_cast<std::int64_t>(settings.length)));
  settings.width = static_cast<std::size_t>(arguments.number("width", static_cast<std::int64_t>(settings.width)));
  if (arguments.has("type")) settings.dumb = arguments.text("type") == "dumb";
  if (arguments.has("batch")) settings.batch = arguments.text("batch") == "on";
  co_return Answer{.text = {},
                   .data = {{"length", settings.length},
                            {"width", settings.width},
                            {"type", settings.dumb ? "dumb" : "vt100"},
                            {"batch", settings.batch}}};
}

Task<Result<Answer>> log_out(Context& context, Arguments) {
  context.stage.log_out();
  co_return Answer{};
}

constexpr std::array log_parameters{
    Parameter{.kind = Kind::flag, .name = "follow", .help = "New lines as they come, until Ctrl-C."},
    Parameter{.name = "lines", .help = "How many, 20 by default.", .least = 1, .most = 2000}};
constexpr std::array help_parameters{
    Parameter{.kind = Kind::rest, .name = "about", .help = "Only commands that begin so."}};
constexpr std::array terminal_parameters{
    Parameter{
        .kind = Kind::keyword, .name = "length", .help = "Lines of a page; 0: no pager.", .least = 0, .most = 200},
    Parameter{.kind = Kind::keyword, .name = "width", .help = "Columns.", .least = 40, .most = 250},
    Parameter{
        .kind = Kind::keyword, .name = "type", .help = "dumb: no escape sequences at all.", .choices = "vt100|dumb"},
    Parameter{.kind = Kind::keyword,
              .name = "batch",
              .help = "on: no prompt, no echo, no pager; each command ends with OK or ERR.",
              .choices = "on|off"}};

}  // namespace

void add_box_commands(std::vector<Command>& all) {
  all.insert(all.end(),
             {{"show network", Role::view, "Interfaces, gateway, name servers, uplink.", {}, show_network},
              {"show clock", Role::view, "The time, and whether it can be trusted.", {}, show_clock},
              {"show storage", Role::view, "Space on the disk, sizes, wear.", {}, show_storage},
              {"show version", Role::view, "Programs, board, serial number.", {}, show_version},
              {"show log", Role::view, "The daemon's log.", log_parameters, show_log},
              {"help", Role::view, "The commands.", help_parameters, help},
              {"terminal", Role::view, "How this terminal is written to.", terminal_parameters, set_terminal},
              {"exit", Role::view, "Log out.", {}, log_out}});
}

}  // namespace firmware::console
