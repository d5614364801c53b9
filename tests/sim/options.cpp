#include "tests/sim/options.hpp"

#include <algorithm>

#include "firmware/settings.hpp"
#include "relay/base/concat.hpp"
#include "tests/sim/stream.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array<std::string_view, fault_class_count> fault_names{"power_cut",
                                                                      "kill",
                                                                      "restart",
                                                                      "death_in_storage",
                                                                      "death_at_send",
                                                                      "disk_errors",
                                                                      "disk_full",
                                                                      "slow_disk",
                                                                      "provider_down",
                                                                      "provider_errors",
                                                                      "provider_throttles",
                                                                      "provider_refuses_account",
                                                                      "provider_loses",
                                                                      "provider_slow",
                                                                      "uplink_down",
                                                                      "bad_recipients",
                                                                      "modem_line",
                                                                      "modem_device",
                                                                      "modem_network",
                                                                      "odd_reports",
                                                                      "clock_jumps",
                                                                      "no_clock_at_boot",
                                                                      "app_retries",
                                                                      "app_misuse",
                                                                      "app_floods",
                                                                      "cancellations",
                                                                      "receiver_down",
                                                                      "receiver_slow",
                                                                      "reload",
                                                                      "odd_inbound",
                                                                      "bridge_dies",
                                                                      "odd_webhooks"};

constexpr relay::WallTime ordinary_start = relay::from_ms<relay::WallTime>(1'790'000'000'000);  // 2026-09-21
constexpr relay::WallTime before_2038 = relay::from_ms<relay::WallTime>(2'147'483'647'000 - 6 * 3'600'000LL);

std::vector<std::string> draw_chain(Stream& stream) {
  const bool aws = stream.chance(0.7);
  const bool twilio = stream.chance(0.7);
  const bool modem = stream.chance(0.7) || (!aws && !twilio);
  std::vector<std::string> chain;
  if (aws) chain.emplace_back("aws-main");
  if (twilio) chain.emplace_back("twilio-main");
  if (chain.size() == 2 && stream.chance(0.5)) std::swap(chain[0], chain[1]);
  if (modem) {
    const bool first = stream.chance(0.15);
    chain.insert(first ? chain.begin() : chain.end(), "modem-main");
  }
  return chain;
}

/// Drawn apart, so that what was drawn before this was thought of stays what it was.
void draw_bounds(Options& options) {
  Stream stream(options.seed, "bounds");
  if (stream.chance(0.5)) options.history = hours{1};
  if (stream.chance(0.4)) options.app_places = 30;
  for (std::size_t app = 1; app < options.daily_limits.size(); ++app) {
    if (stream.chance(0.3)) options.daily_limits.at(app) = static_cast<int>(stream.between(5, 40));
  }
  options.references_restart = stream.chance(0.5);
  options.between_letters = stream.pick(std::vector<Millis>{minutes{10}, minutes{30}, minutes{90}});
  options.faults.set(static_cast<std::size_t>(FaultClass::odd_inbound), stream.chance(0.5));
  options.modems = stream.chance(0.3) ? 2 : 1;
  options.sticky_pool = stream.chance(0.5);
  options.canaries = stream.chance(0.5);
  options.asks_balance = stream.chance(0.5);
}

/// Two applications, one slow way out, and nothing that disturbs the count but the daemon's own deaths.
void make_contest(Options& options, Stream& stream) {
  if (stream.chance(0.5)) options.contest_joined_after = minutes{12};
  options.apps = 2;
  options.app_places = 1000;
  options.daily_limits = {};
  options.chain = {"twilio-main"};
  FaultClasses allowed;
  allowed.set(static_cast<std::size_t>(FaultClass::kill));
  allowed.set(static_cast<std::size_t>(FaultClass::reload));
  options.faults &= allowed;
  options.between_faults = minutes{180};
}

std::string modems_of(const Options& options) {
  std::string text;
  for (std::size_t i = 0; i < options.modems; ++i) {
    text += concat("[providers.", options.modems == 1 ? "modem-main" : concat("modem-", i),
                   "]\nkind = \"modem\"\ndevice = \"/dev/modem", i, "\"\npin = \"4711\"\nreceipt_window = \"1h\"\n");
    if (options.canaries) text += concat("canary_interval = \"2h\"\ncanary_number = \"", canary_number, "\"\n");
    if (options.asks_balance) text += "balance_code = \"*100#\"\nbalance_interval = \"1h\"\n";
  }
  if (options.modems > 1) {
    text += concat("[providers.modem-main]\nkind = \"modem-pool\"\nmembers = [\"modem-0\", \"modem-1\"]\nsticky = ",
                   options.sticky_pool ? "true" : "false", "\n");
  }
  return text;
}

/// Every tenth seed: those that end with a digit of which no seed of regressions.txt from before the bridge ends.
void draw_bridge(Options& options) {
  if (options.seed % 10 != 4) return;
  Stream stream(options.seed, "bridge");
  options.bridge = true;
  if (!options.uses("twilio-main")) options.chain.insert(options.chain.begin(), "twilio-main");
  for (const FaultClass fault : {FaultClass::bridge_dies, FaultClass::odd_webhooks})
    options.faults.set(static_cast<std::size_t>(fault), stream.chance(0.5));
}

std::string settings_file(const Options& options, const std::string& enrolment_code) {
  std::string chain;
  for (const auto& provider : options.chain) chain += concat(chain.empty() ? "" : ", ", "\"", provider, "\"");
  std::string text = concat(
      "[listen]\naddress = \"192.0.2.10:8080\"\nplain_http = true\n[admin]\nsocket = \"/run/edge-relay/admin.sock\"\n"
      "[board]\nfile = \"\"\n[storage]\npath = \"/outbox.db\"\nmax_size = \"8MiB\"\nprune_above = \"6MiB\"\nhistory = "
      "\"",
      options.history.count() / 60'000, "m\"\ncommit_rate = ", options.commit_rate,
      "\n[admission]\nmax_queued = ", options.flood_contest ? "400" : "2000",
      "\nmax_queued_per_app = ", options.app_places,
      "\n"
      "low_disk = \"600KiB\"\ncritical_disk = \"400KiB\"\n"
      "[chain]\nsms = [",
      chain,
      "]\n"
      "[webhooks]\nallow = [\"app0.lan\", \"app1.lan\", \"app2.lan\", \"app3.lan\", \"operator.lan\"]\n"
      "secret = \"whsec_U0VLUkVUU0VLUkVUU0VLUkVUU0VLUkVUU0VLUkVU\"\nalert_url = \"http://operator.lan/alerts\"\n");
  if (options.uplink_watched)
    text += "[uplink]\ntargets = [\"198.51.100.1:443\"]\ninterval = \"60s\"\nretry_interval = \"5s\"\n";
  if (options.uses("aws-main")) {
    text += concat(
        "[providers.aws-main]\nkind = \"aws-sms\"\nregion = \"eu-west-1\"\naccess_key_id = \"AKIAIOSFODNN7EXAMPLE\"\n"
        "secret_access_key = \"SEKRETaws\"\nreceipt_window = \"1h\"\n",
        options.flood_contest ? "rate_per_second = 1.0\nmax_in_flight = 1\n" : "");
  }
  if (options.uses("twilio-main")) {
    text += concat("[providers.twilio-main]\nkind = \"twilio\"\naccount_sid = \"", twilio_account,
                   "\"\nauth_token = \"", twilio_token, "\"\nfrom = \"+15551230000\"\nreceipt_window = \"2h\"\n",
                   options.bridge ? "status_callback = \"https://bridge.example/api/webhooks/twilio/sms\"\n" : "",
                   options.flood_contest ? "rate_per_second = 1.0\nmax_in_flight = 1\n" : "");
  }
  if (options.bridge) {
    text += concat(
        "[bridge]\nurl = \"https://bridge.example:8444\"\nenrol_url = \"https://bridge.example\"\nenrolment_code = \"",
        enrolment_code, "\"\n");
  }
  if (options.uses("modem-main")) text += modems_of(options);
  return text;
}

}  // namespace

std::string_view name_of(FaultClass fault) { return fault_names.at(static_cast<std::size_t>(fault)); }

std::optional<FaultClass> fault_class_of(std::string_view name) {
  const auto found = std::ranges::find(fault_names, name);
  if (found == fault_names.end()) return std::nullopt;
  return static_cast<FaultClass>(found - fault_names.begin());
}

Options draw(const Wishes& wishes) {
  Options options;
  Stream stream(wishes.seed, "options");
  options.seed = wishes.seed;
  options.duration = wishes.duration;
  // The others are drawn with the bounds and with the bridge.
  const auto drawn_here = static_cast<std::size_t>(FaultClass::odd_inbound);
  for (std::size_t i = 0; i < drawn_here; ++i) options.faults[i] = stream.chance(0.5);
  options.apps = static_cast<int>(stream.between(1, 4));
  for (auto& weight : options.weights) weight = static_cast<int>(stream.between(1, 5));
  options.between_submissions = stream.pick(std::vector<Millis>{minutes{8}, minutes{20}, minutes{40}});
  options.recipients = static_cast<int>(stream.between(2, 20));
  options.chain = draw_chain(stream);
  options.uplink_watched = stream.chance(0.7);
  options.commit_rate = stream.chance(0.5) ? 12 : 1000;
  options.between_faults = stream.pick(std::vector<Millis>{minutes{40}, minutes{90}, minutes{240}});
  options.wall_at_start = stream.chance(0.1) ? before_2038 : ordinary_start;
  options.flood_contest = stream.chance(0.04);
  draw_bounds(options);
  if (options.flood_contest) {
    make_contest(options, stream);
  } else {
    draw_bridge(options);
  }
  if (wishes.only) options.faults = *wishes.only;
  options.faults &= ~wishes.without;
  return options;
}

std::string describe(const Options& options) {
  std::string text = concat("seed ", options.seed, ", ", options.duration.count() / 3'600'000, " h, ", options.apps,
                            " applications each ", options.between_submissions.count() / 1000, " s, ",
                            options.recipients, " recipients, chain");
  for (const auto& provider : options.chain) text += concat(" ", provider);
  if (options.uses("modem-main") && options.modems > 1) text += " (a pool of two)";
  if (options.uses("modem-main") && options.canaries) text += " with canaries";
  text += concat(
      options.uplink_watched ? ", uplink watched" : ", uplink not watched", ", ", options.commit_rate, " commits/s, ",
      options.app_places, " places an application, history of ", options.history.count() / 3'600'000,
      " h, a fault of each class about every ", options.between_faults.count() / 60'000, " min",
      options.flood_contest ? ", a contest of two floods" : "", options.bridge ? ", a bridge" : "", "; faults:");
  for (std::size_t i = 0; i < fault_class_count; ++i) {
    if (options.faults[i]) text += concat(" ", fault_names.at(i));
  }
  return text;
}

relay::Result<relay::config::Document> settings_of(const Options& options, const std::string& enrolment_code) {
  return relay::config::Document::parse(settings_file(options, enrolment_code), "sim.toml", firmware::settings_tables(),
                                        [](const std::string&) { return std::nullopt; });
}

relay::Result<FaultClasses> parse_faults(std::string_view text) {
  FaultClasses classes;
  if (text == "none") return classes;
  if (text == "all") return classes.set();
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    const auto fault = fault_class_of(text.substr(0, comma));
    if (!fault) {
      std::string known;
      for (const auto name : fault_names) known += concat(" ", name);
      return relay::fail(relay::ErrorCode::invalid_argument,
                         concat("there is no class of faults '", text.substr(0, comma), "'; known are:", known));
    }
    classes.set(static_cast<std::size_t>(*fault));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return classes;
}

}  // namespace sim
