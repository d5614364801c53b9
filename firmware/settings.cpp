#include "firmware/settings.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "firmware/board/board.hpp"
#include "firmware/modem/modem_pool.hpp"
#include "firmware/modem/settings.hpp"
#include "firmware/uplink/bridge_link.hpp"
#include "firmware/uplink/monitor.hpp"
#include "relay/admission/admission.hpp"
#include "relay/admission/opt_out_words.hpp"
#include "relay/base/concat.hpp"
#include "relay/events/webhooks.hpp"
#include "relay/log/spdlog_log.hpp"
#include "relay/outbox/settings.hpp"
#include "relay/providers/aws/aws.hpp"
#include "relay/providers/aws/sqs_inbox.hpp"
#include "relay/providers/bridge/bridge.hpp"
#include "relay/providers/console/console.hpp"
#include "relay/providers/demo/demo.hpp"
#include "relay/providers/twilio/twilio.hpp"

namespace firmware {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::config::Setting;
using relay::config::Table;
using relay::config::Type;

constexpr std::array listen_settings{
    Setting{.name = "address",
            .type = Type::text,
            .default_value = "127.0.0.1:8080",
            .text = "Where the LAN API listens: numeric address and port. Port 0 takes any free one and logs it."},
    Setting{
        .name = "tls_certificate_file",
        .type = Type::text,
        .text =
            "PEM file with the certificate chain; with tls_key_file the API speaks HTTPS only. Read again at SIGHUP."},
    Setting{.name = "tls_key_file", .type = Type::text, .text = "PEM file with the private key of the certificate."},
    Setting{.name = "tls_self_signed",
            .type = Type::boolean,
            .default_value = "false",
            .text = "Make these two files at the start if the certificate is not there: a P-256 key and a certificate "
                    "that it signs itself. Clients trust it by its fingerprint (relayctl show status)."},
    Setting{.name = "tls_names",
            .type = Type::list,
            .default_value = "[]",
            .text = "Host names and addresses for that certificate; none: the host's name, alone and with .local, and "
                    "localhost. Only read when it is made.",
            .max = 16},
    Setting{.name = "plain_http",
            .type = Type::boolean,
            .default_value = "false",
            .text = "Allow an address other than loopback without TLS: keys and texts can then be read on the LAN."},
};
constexpr Table listen_table{
    .path = "listen", .kind = {}, .text = "The API for applications on the LAN.", .settings = listen_settings};

constexpr std::array admin_settings{
    Setting{.name = "socket",
            .type = Type::text,
            .default_value = "/run/edge-relay/admin.sock",
            .text = "Unix socket for relayctl, open to the daemon's user and group only."},
};
constexpr Table admin_table{
    .path = "admin", .kind = {}, .text = "The box's own administration.", .settings = admin_settings};

constexpr std::array chain_settings{
    Setting{
        .name = "sms",
        .type = Type::list,
        .text = "The providers of text messages in the order in which they are tried, by the names of their tables.",
        .required = true},
    Setting{.name = "whatsapp",
            .type = Type::list,
            .text = "The providers of WhatsApp messages, likewise; a message's fallback goes on to those of sms."},
    Setting{.name = "lead_sms",
            .type = Type::text,
            .text = "A provider of sms that is asked before the others, for lead_sms_percent of the messages.",
            .reloadable = true},
    Setting{.name = "lead_sms_percent",
            .type = Type::integer,
            .default_value = "100",
            .text = "To move traffic step by step, 10, 25, 50, 100, and back: each message keeps its side.",
            .min = 0,
            .max = 100,
            .reloadable = true},
    Setting{.name = "lead_whatsapp", .type = Type::text, .text = "As lead_sms, for WhatsApp.", .reloadable = true},
    Setting{.name = "lead_whatsapp_percent",
            .type = Type::integer,
            .default_value = "100",
            .text = "As lead_sms_percent, for WhatsApp.",
            .min = 0,
            .max = 100,
            .reloadable = true},
    Setting{.name = "failures_in_a_row",
            .type = Type::integer,
            .default_value = "5",
            .text = "So many failures in a row open a provider's breaker.",
            .min = 1,
            .max = 1000},
    Setting{.name = "failure_window",
            .type = Type::integer,
            .default_value = "20",
            .text = "Half of so many attempts failing opens it too.",
            .min = 2,
            .max = 1000},
    Setting{
        .name = "probe_interval",
        .type = Type::duration,
        .default_value = "60s",
        .text =
            "An open breaker lets one attempt through in this time; longer for a provider that fails again soon after.",
        .min = 100,
        .max = 3'600'000},
    Setting{.name = "stable_after",
            .type = Type::duration,
            .default_value = "5m",
            .text = "A provider that works for so long is trusted fully again.",
            .min = 0,
            .max = 86'400'000},
    Setting{.name = "retry_first",
            .type = Type::duration,
            .default_value = "1s",
            .text = "Bound of the first random pause after all providers failed; it doubles each time.",
            .min = 10,
            .max = 60'000},
    Setting{.name = "retry_most",
            .type = Type::duration,
            .default_value = "60s",
            .text = "Bound of that pause (10s for alarms).",
            .min = 100,
            .max = 3'600'000},
    Setting{.name = "no_path_alert",
            .type = Type::duration,
            .default_value = "2m",
            .text = "Messages wait and no provider is usable for so long: path.down is raised.",
            .min = 1'000,
            .max = 160'000},
};
constexpr Table chain_table{
    .path = "chain", .kind = {}, .text = "Which way out, and when the next one.", .settings = chain_settings};

}  // namespace

relay::config::Tables settings_tables() {
  static const std::array<const Table*, 23> tables{&listen_table,
                                                   &admin_table,
                                                   &board_settings(),
                                                   &relay::outbox::settings_table(),
                                                   &relay::admission::settings_table(),
                                                   &relay::admission::opt_out_settings(),
                                                   &chain_table,
                                                   &uplink::settings_table(),
                                                   &uplink::bridge_settings_table(),
                                                   &relay::providers::aws::sqs_settings(),
                                                   &relay::providers::aws::sms_settings(),
                                                   &relay::providers::aws::sns_settings(),
                                                   &relay::providers::aws::whatsapp_settings(),
                                                   &relay::providers::twilio::settings(),
                                                   &relay::providers::twilio::whatsapp_settings(),
                                                   &relay::providers::bridge::settings(),
                                                   &relay::providers::bridge::whatsapp_settings(),
                                                   &modem::settings_table(),
                                                   &modem::pool_settings_table(),
                                                   &relay::providers::console::settings(),
                                                   &relay::providers::demo::settings(),
                                                   &relay::events::settings_table(),
                                                   &relay::log::settings_table()};
  return tables;
}

Result<ListenSettings> read_listen(const relay::config::Document& document) {
  auto listen = relay::program::read_listen(document.section("listen"), "listen");
  if (!listen) return std::unexpected(listen.error());
  const auto& section = document.section("listen");
  ListenSettings settings{std::move(*listen), section.boolean("tls_self_signed"), section.list("tls_names"),
                          document.section("admin").text("socket")};
  if (settings.tls_self_signed && !settings.has_tls()) {
    return fail(ErrorCode::invalid_argument,
                "[listen] tls_self_signed: say in tls_certificate_file and tls_key_file where to keep them");
  }
  if (!settings.has_tls() && !settings.is_loopback() && !section.boolean("plain_http")) {
    return fail(ErrorCode::invalid_argument,
                "[listen] address: " + settings.host +
                    " is open to the LAN, and without TLS so are API keys and texts; give tls_certificate_file and "
                    "tls_key_file (tls_self_signed = true makes them), or say plain_http = true");
  }
  return settings;
}

namespace {

constexpr std::array<std::string_view, 2> chained_channels{"sms", "whatsapp"};

std::string leader_setting(relay::Channel channel) { return relay::concat("lead_", name_of(channel)); }

}  // namespace

Result<std::vector<std::string>> read_chain(const relay::config::Document& document) {
  const auto& chain = document.section("chain");
  const auto sections = document.sections("providers");
  std::vector<std::string> names;
  for (const auto channel : chained_channels) {
    for (const auto& name : chain.list(channel)) {
      const auto refuse = [&](std::string_view why) {
        return fail(ErrorCode::invalid_argument, relay::concat("[chain] ", channel, ": ", why));
      };
      if (std::ranges::find(names, name) != names.end())
        return refuse(relay::concat("\"", name, "\" is named twice; each provider has one place"));
      const bool known = std::ranges::any_of(sections, [&](const auto* section) { return section->name() == name; });
      if (!known) return refuse(relay::concat("there is no table [providers.", name, "]; add it or take the name out"));
      names.push_back(name);
    }
  }
  if (chain.list("sms").empty()) return fail(ErrorCode::invalid_argument, "[chain] sms: name at least one provider");
  if (names.size() > relay::chain::max_providers)
    return fail(ErrorCode::invalid_argument, "[chain] sms and whatsapp: at most 32 providers");
  return names;
}

Result<std::optional<Board>> read_board_of(const relay::config::Document& document) {
  auto board = load_board(document.section("board").text("file"));
  if (!board || !*board) return board;
  for (const auto* provider : document.sections("providers")) {
    if (provider->text("kind") != "modem" || !is_console(**board, provider->text("device"))) continue;
    return fail(ErrorCode::invalid_argument,
                "[providers." + provider->name() + "] device: " + provider->text("device") + " is the line of the " +
                    (*board)->title + "'s maintenance console; give the modem's own (usb:VID:PID, /dev/modem0)");
  }
  return board;
}

Result<std::vector<Leader>> read_leaders(const relay::config::Document& document) {
  const auto& chain = document.section("chain");
  std::vector<Leader> leaders;
  for (const auto channel : {relay::Channel::sms, relay::Channel::whatsapp}) {
    const std::string setting = leader_setting(channel);
    const std::string& name = chain.text(setting);
    const auto& of_channel = chain.list(relay::name_of(channel));
    if (!name.empty() && std::ranges::find(of_channel, name) == of_channel.end()) {
      return fail(ErrorCode::invalid_argument, relay::concat("[chain] ", setting, ": \"", name, "\" is not in ",
                                                             relay::name_of(channel), "; name one that is"));
    }
    leaders.push_back({channel, name, static_cast<int>(chain.integer(setting + "_percent"))});
  }
  return leaders;
}

relay::dispatch::DispatchSettings read_dispatch(const relay::config::Document& document) {
  const auto& section = document.section("chain");
  relay::dispatch::DispatchSettings settings;
  settings.breaker.failures_in_a_row = static_cast<int>(section.integer("failures_in_a_row"));
  settings.breaker.window = static_cast<int>(section.integer("failure_window"));
  settings.breaker.failures_in_window = settings.breaker.window / 2;
  settings.breaker.probe_interval = section.duration("probe_interval");
  settings.breaker.stable_after = section.duration("stable_after");
  settings.retry.first = section.duration("retry_first");
  settings.retry.most = section.duration("retry_most");
  settings.no_path_alert = section.duration("no_path_alert");
  return settings;
}

}  // namespace firmware
