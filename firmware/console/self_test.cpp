#include "firmware/console/self_test.hpp"

#include <algorithm>
#include <cstdlib>

#include "firmware/console/condition.hpp"
#include "firmware/console/hardware_view.hpp"
#include "firmware/console/layout.hpp"
#include "firmware/console/modem_view.hpp"
#include "firmware/console/outbox_look.hpp"
#include "hal/linux/storage.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/config/tree.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::concat;
using relay::Task;
using enum Check::Verdict;
using Checks = std::vector<Check>;

constexpr std::int64_t little_space = 64LL << 20U;
constexpr int weak_signal_dbm = -105;  // GSM and LTE still register below it, and lose messages
constexpr double hot_celsius = 80;
constexpr relay::Millis server_patience{8'000};

void check_power(Checks& checks) {
  const auto low = Host::under_voltage();
  if (!low) {
    checks.push_back({absent, "power", "this board cannot measure its supply", ""});
  } else if (*low) {
    checks.push_back(
        {fail, "power", "the supply voltage was too low", "use a stronger power supply and a short cable"});
  } else {
    checks.push_back({pass, "power", "supply voltage good", ""});
  }
  const auto celsius = Host::temperature();
  if (!celsius) {
    checks.push_back({absent, "temperature", "this board has no sensor", ""});
  } else {
    const std::string found = concat(static_cast<int>(*celsius), " C at the processor");
    checks.push_back({*celsius < hot_celsius ? pass : warn, "temperature", found,
                      *celsius < hot_celsius ? "" : "give it air; above 85 C it slows down"});
  }
}

void check_clock(const Context& context, const Condition& condition, Checks& checks) {
  const std::string now = relay::format_rfc3339(context.runtime.clock.wall()).substr(0, 19);
  const auto judged = hardware_of(condition.health, "clock");
  const bool good =
      judged.empty() ? Host::clock_is_synchronised(context.runtime.clock.wall()) : judged.value("believed", false);
  const std::string kernel = good ? "yes: it follows a time server" : "no: it follows no time server";
  checks.push_back({good ? pass : warn, "clock",
                    concat(now, " UTC; trusted: ", judged.empty() ? kernel : clock_sentence(judged)),
                    good ? "" : "allow NTP out, or name a server of the LAN in timesyncd.conf"});
}

void check_disk(const std::string& folder, Checks& checks) {
  const auto disk = hal::LinuxStorage().health(folder);
  if (!disk) return;  // said already
  if (disk->read_only)
    checks.push_back({fail, "disk writable", "it is read-only", "often the disk is dying: replace it"});
  if (disk->errors.value_or(0) > 0) {
    checks.push_back({warn, "file system", concat("it has counted ", *disk->errors, " errors"),
                      "reboot, which checks it; if they come again replace the disk"});
  }
  const bool tells = disk->wear_percent || disk->reserve != hal::StorageHealth::Reserve::unknown;
  const bool worn = is_worn(*disk);
  checks.push_back({!tells ? absent
                    : worn ? warn
                           : pass,
                    "flash wear", wear_sentence(*disk), worn ? "replace the board's flash soon" : ""});
}

void check_watchdog(const Condition& condition, Checks& checks) {
  const auto watchdog = hardware_of(condition.health, "watchdog");
  if (watchdog.empty()) {
    checks.push_back({absent, "watchdog", "this board names none", ""});
    return;
  }
  const bool fed = watchdog.value("running", false);
  checks.push_back({fed ? pass : warn, "watchdog", watchdog_sentence(watchdog),
                    fed ? "" : "RuntimeWatchdogSec= in /etc/systemd/system.conf (docs/operating.md)"});
}

void check_storage(const Context& context, bool daemon_lives, Checks& checks, bool full) {
  const auto& places = context.host.places();
  const auto space = Host::space(places.data);
  if (!space) {
    checks.push_back({fail, "disk", places.data + " cannot be read", "the card may be worn out: replace it"});
  } else {
    const bool enough = space->free > little_space && space->inodes_free > 0.02;
    checks.push_back({enough ? pass : warn, "disk", bytes_text(space->free) + " free of " + bytes_text(space->total),
                      enough ? "" : "show storage; shorten [storage] history"});
  }
  check_disk(places.data, checks);
  if (daemon_lives) {  // it has the file for itself
    checks.push_back({absent, "outbox", "in use by the daemon; looked at only when that is stopped", ""});
    return;
  }
  const OutboxLook look(places.outbox);
  const auto counted = look.queue();
  if (!counted) {
    checks.push_back({fail, "outbox", counted.error().message, "show log tells why it was not made"});
    return;
  }
  if (!full) {
    checks.push_back({pass, "outbox", "can be read (selftest full checks all of it)", ""});
    return;
  }
  const auto sound = look.integrity();
  const bool good = sound && *sound == "ok";
  checks.push_back({good ? pass : fail, "outbox",
                    good    ? "sound"
                    : sound ? *sound
                            : sound.error().message,
                    good ? "" : "keep a copy (support-bundle), then replace the disk"});
}

Task<> check_daemon(Context& context, const Condition& condition, Checks& checks) {
  const auto settings = co_await context.host.check_settings(context.host.places().settings);
  checks.push_back({settings ? pass : fail, "settings", settings ? "good" : settings.error().message,
                    settings ? "" : "config set mends a setting, config rollback goes back"});
  if (condition.word == "DEAD") {
    checks.push_back({fail, "daemon", "edge-relayd does not answer", "show status, show log, restart"});
    co_return;
  }
  checks.push_back({pass, "daemon",
                    "version " + text_of(condition.health, "version") + ", up for " +
                        duration_text(condition.health.value("uptime_seconds", std::int64_t{0})),
                    ""});
  const bool storing = condition.health.value("storing", false);
  checks.push_back({storing ? pass : fail, "storing", storing ? "a row was written" : "messages cannot be stored",
                    storing ? "" : "show storage, show log"});
}

void check_network(const Condition& condition, Checks& checks) {
  const auto interfaces = Host::interfaces();
  const auto linked =
      std::ranges::find_if(interfaces, [](const auto& one) { return one.state == "up" && !one.addresses.empty(); });
  if (linked == interfaces.end()) {
    checks.push_back({fail, "LAN", "no interface has a link and an address", "check the cable; show network"});
  } else {
    checks.push_back({pass, "LAN", linked->name + " " + linked->addresses.front(), ""});
  }
  const std::string gateway = Host::default_gateway();
  checks.push_back({gateway.empty() ? warn : pass, "gateway", gateway.empty() ? "none" : gateway,
                    gateway.empty() ? "without it only the modem sends; check DHCP" : ""});
  const std::string uplink = text_of(condition.health, "uplink");
  const bool watched = uplink == "up" || uplink == "down";
  checks.push_back({uplink == "down" ? fail
                    : watched        ? pass
                                     : warn,
                    "uplink", watched ? uplink : "not watched",
                    uplink == "down" ? "show network; is a drill on? failover end"
                    : watched        ? ""
                                     : "name targets in [uplink], so that failover needs no failed message"});
}

void check_providers(const Condition& condition, Checks& checks) {
  for (const auto& provider : condition.health.value("sms_providers", ordered_json::array())) {
    const std::string reason = text_of(provider, "reason");
    const std::string breaker = text_of(provider, "circuit_breaker");
    const bool good = reason.empty() && breaker == "closed";
    checks.push_back({good ? pass : warn, "provider " + text_of(provider, "name"),
                      good             ? "usable"
                      : reason.empty() ? "breaker " + breaker
                                       : reason,
                      good ? "" : "show alarms says what to do"});
  }
}

std::string modem_trouble(const ordered_json& modem) {
  const std::string explained = text_of(modem, "explanation");
  return explained.empty() ? text_of(modem, "state") : explained;
}

void check_modem(const ordered_json& modem, Checks& checks) {
  const std::string subject = "modem " + text_of(modem, "name");
  const bool ready = modem.value("ready", false);
  checks.push_back(
      {ready ? pass : fail, subject, ready ? "ready" : modem_trouble(modem), ready ? "" : "show modem, show sim"});
  const std::string dbm = modem_fact(modem, "network", "signal_dbm");
  if (!dbm.empty()) {
    const bool strong = std::atoi(dbm.c_str()) > weak_signal_dbm;
    checks.push_back({strong ? pass : warn, subject + " signal", dbm + " dBm",
                      strong ? "" : "move the antenna; show signal watch helps to find the place"});
  }
  if (modem_fact(modem, "network", "roaming") == "yes")
    checks.push_back({warn, subject + " roaming", "in a foreign network", "messages may cost more"});
}

Task<> check_modems(Context& context, const Condition& condition, Checks& checks) {
  auto listed = co_await context.daemon.call("GET", "/v1/modems");
  const ordered_json& source = listed ? *listed : condition.health;
  const auto modems = source.value("modems", ordered_json::array());
  if (modems.empty()) checks.push_back({absent, "modem", "none in [chain] sms", ""});
  for (const auto& modem : modems) check_modem(modem, checks);
}

/// A certificate that the box trusts: curl's word, with the clock and the trust store that the daemon has too.
Task<> check_servers(Context& context, Checks& checks) {
  const auto settings = Host::read_file(context.host.places().settings);
  if (!settings) co_return;
  for (const auto& host : provider_hosts(*settings)) {
    auto found = co_await run_program(context.runtime, {"getent", "ahosts", host}, server_patience);
    const bool resolved = found && found->status == 0;
    checks.push_back({resolved ? pass : fail, "DNS " + host, resolved ? "resolved" : "no address",
                      resolved ? "" : "show network: are the name servers right?"});
    if (!resolved) continue;
    auto reached = co_await context.internet.reach("https://" + host + "/", server_patience);
    checks.push_back({reached ? pass : fail, "TLS " + host, reached ? "certificate good" : reached.error().message,
                      reached ? "" : "is the clock right? does a firewall look into TLS?"});
  }
}

}  // namespace

std::string_view name_of(Check::Verdict verdict) {
  switch (verdict) {
    case pass:
      return "PASS";
    case warn:
      return "WARN";
    case fail:
      return "FAIL";
    case absent:
      return "----";
  }
  return "";
}

std::vector<std::string> provider_hosts(const std::string& settings) {
  std::vector<std::string> hosts;
  const auto root = relay::config::parse_toml(settings, "settings");
  if (!root || root->members() == nullptr) return hosts;
  const auto text = [](const relay::config::Node& table, std::string_view name) -> std::string {
    for (const auto& member : *table.members()) {
      if (member.name == name && std::holds_alternative<std::string>(member.value))
        return std::get<std::string>(member.value);
    }
    return "";
  };
  for (const auto& table : *root->members()) {
    if (table.name != "providers" || table.members() == nullptr) continue;
    for (const auto& provider : *table.members()) {
      if (provider.members() == nullptr) continue;
      const std::string kind = text(provider, "kind");
      const std::string region = text(provider, "region");
      if (kind == "twilio") hosts.emplace_back("api.twilio.com");
      if (kind == "aws-sms") hosts.push_back("sms-voice." + region + ".amazonaws.com");
      if (kind == "aws-sns") hosts.push_back("sns." + region + ".amazonaws.com");
    }
  }
  return hosts;
}

Task<Checks> run_self_test(Context& context, bool full) {
  Checks checks;
  const Condition condition = co_await look_at(context.daemon);
  check_power(checks);
  check_clock(context, condition, checks);
  check_storage(context, condition.word != "DEAD", checks, full);
  co_await check_daemon(context, condition, checks);
  if (condition.word != "DEAD") check_watchdog(condition, checks);
  check_network(condition, checks);
  if (full) co_await check_servers(context, checks);
  if (condition.word != "DEAD") {
    check_providers(condition, checks);
    co_await check_modems(context, condition, checks);
    if (condition.health.contains("queue_paused"))
      checks.push_back({fail, "queue", "sending is paused", "queue resume"});
  }
  co_return checks;
}

std::string commissioning_report(const Checks& checks, const Context& context, bool full) {
  const std::string serial = Host::serial().empty() ? "none set" : Host::serial();
  std::string out = concat("EDGE RELAY SELF-TEST", full ? " (full)" : "", "\n") +
                    fields({{"Site", Host::name()},
                            {"Serial number", serial},
                            {"Board", Host::model().empty() ? "unknown" : Host::model()},
                            {"Software", EDGE_RELAY_VERSION},
                            {"Time", relay::format_rfc3339(context.runtime.clock.wall())},
                            {"By", context.who.name}}) +
                    "\n";
  std::array<int, 4> counts{};
  for (const auto& check : checks) {
    ++counts[static_cast<std::size_t>(check.verdict)];
    std::string subject = check.subject;
    subject.resize(std::max<std::size_t>(subject.size(), 22), ' ');
    out += concat(name_of(check.verdict), "  ", subject, "  ", check.found, "\n");
    if (!check.remedy.empty()) out += "      next: " + check.remedy + "\n";
  }
  return out + concat("\n", counts[0], " passed, ", counts[1], " warnings, ", counts[2], " failed, ", counts[3],
                      " not possible on this board.\n");
}

}  // namespace firmware::console
