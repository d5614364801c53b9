#include "firmware/appliance.hpp"

#include <algorithm>
#include <utility>

#include "relay/admission/number.hpp"
#include "relay/config/changes.hpp"
#include "relay/http/self_signed.hpp"
#include "relay/outbox/settings.hpp"
#include "relay/providers/common/settings.hpp"

namespace firmware {
namespace {

using relay::Result;
using relay::Task;

constexpr relay::Millis stop_grace{5'000};
constexpr relay::Millis keep_time_interval{60'000};
constexpr relay::Millis prune_interval{3'600'000};
constexpr relay::Millis prune_pause{200};  // between the steps of a long pruning, so that messages go in between
constexpr unsigned admin_socket_mode = 0660;
constexpr std::size_t admin_connections = 8;

}  // namespace

Result<std::unique_ptr<Appliance>> Appliance::make(relay::Runtime runtime, Platform& platform,
                                                   relay::config::Document document) {
  auto listen = read_listen(document);
  if (!listen) return std::unexpected(listen.error());
  auto board = read_board_of(document);
  if (!board) return std::unexpected(board.error());
  auto webhooks = relay::events::read_settings(document.section("webhooks"));
  if (!webhooks) return std::unexpected(webhooks.error());
  auto outbox = relay::outbox::SqliteOutbox::open(
      runtime, platform.place(relay::outbox::settings_from(document.section("storage"))));
  if (!outbox) return std::unexpected(outbox.error());
  std::unique_ptr<Appliance> appliance(new Appliance(runtime, platform, std::move(document), std::move(*listen),
                                                     std::move(*outbox), std::move(*webhooks)));
  appliance->settle_on(std::move(*board));
  auto paths = appliance->make_paths();
  if (!paths) return std::unexpected(paths.error());
  return appliance;
}

Appliance::Appliance(relay::Runtime runtime, Platform& platform, relay::config::Document document,
                     ListenSettings listen, std::unique_ptr<relay::outbox::SqliteOutbox> outbox,
                     relay::events::WebhookSettings webhooks)
    : runtime_(runtime),
      platform_(platform),
      document_(std::move(document)),
      listen_settings_(std::move(listen)),
      outbox_(std::move(outbox)),
      admission_(relay::admission::read_settings(document_.section("admission"))),
      opt_out_words_(relay::admission::read_opt_out_words(document_.section("opt_out"))),
      keys_(runtime, *outbox_),
      webhook_client_(platform.make_client({.ca_file = webhooks.ca_file})),
      webhooks_(runtime, *outbox_, *webhook_client_, webhooks),
      streams_(runtime, *outbox_, [this](relay::AppId app) { return keys_.in_use(app); }),
      telemetry_(runtime, *outbox_, metrics_, webhooks.alert_url),
      receipts_(runtime, *outbox_,
                [this](relay::MessageId, relay::MessageClass message_class, relay::State state) {
                  metrics_.moved(message_class, state);
                  webhooks_.poke();
                }),
      sim_facts_(*outbox_),
      hardware_(
          runtime,
          {.clock = platform.clock_trust(),
           .storage = platform.storage(),
           .thermometer = platform.thermometer(),
           .watchdog = platform.watchdog(),
           .on_alarm = [this](const HardwareAlarm& alarm, bool raised) { telemetry_.hardware_alarm(alarm, raised); }},
          document_.section("storage").text("path")),
      maintenance_(runtime),
      vitals_(runtime.clock),
      tasks_(runtime) {
  outbox_->on_damage([this] {
    const auto asked = maintenance_.restart();  // The start mends it.
    if (!asked) runtime_.log.error("restart_needed", {{"reason", asked.error().message}});
  });
}

Appliance::~Appliance() = default;

/// The ways out, and what watches them.
Result<bool> Appliance::make_paths() {
  provider_ports_.emplace(ProviderPorts{
      .runtime = runtime_,
      .platform = platform_,
      .on_receipt = [this](relay::outbox::Receipt receipt) { receipts_.take(std::move(receipt)); },
      .link_client = [this] { return bridge_link_->client(); },
      .modem =
          {.on_receipt = [this](relay::outbox::Receipt receipt) { receipts_.take(std::move(receipt)); },
           .on_inbound = [this](relay::outbox::InboundMessage message) { return take_inbound(std::move(message)); },
           .keep_part = [this](relay::outbox::InboundPart part) { return keep_part(std::move(part)); },
           .recall_parts = [this](std::string provider) { return outbox_->inbound_parts(std::move(provider)); },
           .on_late_answer =
               [this](const modem::LateAnswer& late) {
                 dispatcher_->late_answer({.message = late.message,
                                           .number = late.attempt,
                                           .was_sent = late.was_sent,
                                           .provider_ref = late.provider_ref,
                                           .receipt_refs = late.receipt_refs,
                                           .code = late.code},
                                          late.provider);
               },
           .on_alarm = [this](const modem::Alarm& alarm) { telemetry_.modem_alarm(alarm); },
           .on_network_time = [this](relay::WallTime told) { hardware_.hear_time(TimeSource::mobile_network, told); },
           .power = modem_power_.get(),
           .timeline = [this] { return outbox_->timeline().now(); },
           .sim_memory = &sim_facts_}});
  auto providers = make_providers(document_, *provider_ports_);
  if (!providers) return std::unexpected(providers.error());
  providers_ = std::move(*providers);
  const auto leaders = read_leaders(document_);
  if (!leaders) return std::unexpected(leaders.error());

  auto uplink_settings = uplink::read_settings(document_.section("uplink"));
  if (!uplink_settings) return std::unexpected(uplink_settings.error());
  dispatcher_ = std::make_unique<relay::dispatch::Dispatcher>(runtime_, *outbox_, providers_.pointers(),
                                                              read_dispatch(document_), telemetry_);
  connect_channels(*leaders);
  receipt_poller_ =
      std::make_unique<relay::receipts::ReceiptPoller>(runtime_, *outbox_, providers_.pointers(), receipts_);
  uplink_ = std::make_unique<uplink::UplinkMonitor>(runtime_, platform_.network(), std::move(*uplink_settings),
                                                    [this](bool up) {
                                                      dispatcher_->set_uplink(up);
                                                      telemetry_.uplink_changed(up);
                                                    });
  maintenance_.connect(*dispatcher_, *uplink_);
  telemetry_.connect(
      {.accepted =
           [this](const relay::Message& message, const std::string& provider,
                  const relay::providers::SendResult& result) { receipt_poller_->accepted(message, provider, result); },
       .uplink_suspect = [this] { uplink_->suspect(); },
       .events_added = [this] { webhooks_.poke(); }});
  for (auto* modem : providers_.modems) {
    modem->on_ready_changed([this] { dispatcher_->readiness_changed(); });
  }
  make_api();
  return make_ways_back();
}

void Appliance::make_api() {
  api_ = std::make_unique<api::Api>(api::Api::Parts{.runtime = runtime_,
                                                    .outbox = *outbox_,
                                                    .admission = admission_,
                                                    .keys = keys_,
                                                    .metrics = metrics_,
                                                    .health = *this,
                                                    .server_figures = [this] { return server_->figures(); },
                                                    .keys_changed = [this] { apply_weights(); },
                                                    .modems = providers_.modems,
                                                    .callback_allowed =
                                                        [this](std::string_view url) {
                                                          return webhooks_.enabled() &&
                                                                 relay::events::is_allowed(webhooks_.settings(), url);
                                                        },
                                                    .events_added = [this] { webhooks_.poke(); },
                                                    .maintenance = maintenance_,
                                                    .streams = streams_});
}

/// The ways back in, for a box that nobody can reach: the bridge, and a queue of AWS.
Result<bool> Appliance::make_ways_back() {
  auto settings = uplink::read_bridge_settings(document_.section("bridge"));
  if (!settings) return std::unexpected(settings.error());
  const auto& sqs_section = document_.section("sqs");
  auto sqs = relay::providers::aws::read_sqs(sqs_section);
  if (!sqs) return std::unexpected(sqs.error());
  relay::receipts::WebhookReceipts receipts(
      {.outbox = *outbox_,
       .receipts = receipts_,
       .providers = providers_.pointers(),
       .late_answer = [this](relay::outbox::AttemptProof proof, std::string provider) {
         dispatcher_->late_answer(std::move(proof), std::move(provider));
       }});
  cloud_events_.emplace(CloudEvents::Ports{
      .outbox = *outbox_,
      .receipts = std::move(receipts),
      .take_inbound = [this](relay::outbox::InboundMessage message) { return take_inbound(std::move(message)); }});
  const auto take = [this](relay::providers::WebhookEvent event) { return cloud_events_->take(std::move(event)); };
  bridge_link_ = std::make_unique<uplink::BridgeLink>(
      runtime_,
      uplink::BridgeLink::Ports{
          .outbox = *outbox_,
          .make_client =
              [this](relay::http::ClientOptions options) { return platform_.make_client(std::move(options)); },
          .take = take,
          .on_time = [this](relay::WallTime told) { hardware_.hear_time(TimeSource::bridge, told); }},
      std::move(*settings));
  if (*sqs) {
    auto client = platform_.make_client(relay::providers::client_options(sqs_section));
    sqs_ = std::make_unique<relay::providers::aws::SqsInbox>(runtime_, std::move(**sqs), std::move(client), take);
  }
  return true;
}

void Appliance::connect_channels(const std::vector<Leader>& leaders) {
  for (const auto& leader : leaders) dispatcher_->set_leader(leader.channel, leader.provider, leader.percent);
  receipts_.on_moved_on([this](relay::MessageId id, const relay::outbox::Receipt& receipt) {
    if (!receipt.refused) return dispatcher_->given_back(id, receipt.provider);
    dispatcher_->refused_late(id, receipt.provider, receipt.channel_refused);
  });
  admission_.set_channels(providers_.channels());
}

/// Of settings whose chain may have changed too, which only a restart takes over: who leads must be in the running one.
std::vector<Leader> Appliance::leaders_in(const relay::config::Document& document) {
  auto leaders = read_leaders(document);
  if (leaders) return std::move(*leaders);
  runtime_.log.error("leader_not_changed", {{"reason", leaders.error().message}});
  return {};
}

Task<Result<bool>> Appliance::start() {
  started_at_ = runtime_.clock.steady();
  tell_board();
  auto keys = co_await keys_.load();
  if (!keys) co_return std::unexpected(keys.error());
  apply_weights();
  auto recovered = co_await dispatcher_->recover();
  if (!recovered) co_return std::unexpected(recovered.error());
  dispatcher_->start();
  receipt_poller_->start();
  webhooks_.start();
  outbox_->on_events([this](const std::vector<relay::AppId>& apps) { streams_.wake(apps); });
  uplink_->start();
  bridge_link_->start();
  if (sqs_) sqs_->start();
  maintenance_.start();
  for (auto* modem : providers_.modems) modem->start(tasks_);
  watch_vitals();
  tasks_.spawn("appliance.keep_house", keep_house());
  tasks_.spawn("appliance.hardware", hardware_.run());
  if (indicator_) tasks_.spawn("appliance.indicator", indicator_->run());
  if (button_) tasks_.spawn("appliance.button", button_->run());
  auto listening = listen();
  if (!listening) co_return std::unexpected(listening.error());
  runtime_.log.info("ready", {{"version", EDGE_RELAY_VERSION},
                              {"queued", outbox_->counters().queued()},
                              {"interrupted", *recovered},
                              {"providers", providers_.all.size()},
                              {"keys", keys_.applications().size()}});
  co_return true;
}

Result<bool> Appliance::listen() {
  auto listener = platform_.listen_tcp(listen_settings_.host, listen_settings_.port);
  if (!listener) return std::unexpected(listener.error());
  const std::string address = (*listener)->address();
  std::unique_ptr<relay::http::Listener> front = std::move(*listener);
  if (listen_settings_.has_tls()) {
    auto secured = secure(std::move(front));
    if (!secured) return std::unexpected(secured.error());
    front = std::move(*secured);
  } else if (!listen_settings_.is_loopback()) {
    runtime_.log.warning("plain_http", {{"address", address}, {"risk", "keys and texts can be read on the LAN"}});
  }
  server_ = std::make_unique<relay::http::Server>(
      runtime_, relay::http::ServerLimits{},
      [this](const relay::http::ServerRequest& request) { return api_->answer(request); });
  if (!listen_settings_.admin_socket.empty()) {
    auto admin = platform_.listen_unix(listen_settings_.admin_socket, admin_socket_mode);
    if (!admin) return std::unexpected(admin.error());
    relay::http::ServerLimits limits;
    limits.max_connections = limits.max_connections_per_peer = admin_connections;
    admin_server_ = std::make_unique<relay::http::Server>(
        runtime_, limits, [this](const relay::http::ServerRequest& request) { return api_->answer_admin(request); });
    admin_server_->serve(std::move(*admin));
  }
  server_->serve(std::move(front));
  runtime_.log.info("listening",
                    {{"address", address}, {"tls", tls_ != nullptr}, {"admin", listen_settings_.admin_socket}});
  return true;
}

Result<std::unique_ptr<relay::http::Listener>> Appliance::secure(std::unique_ptr<relay::http::Listener> front) {
  const relay::http::TlsIdentity identity{listen_settings_.tls_certificate_file, listen_settings_.tls_key_file};
  if (listen_settings_.tls_self_signed) {
    const auto made = relay::http::ensure_self_signed(identity, listen_settings_.tls_names);
    if (!made) return std::unexpected(made.error());
    if (*made) runtime_.log.info("certificate_made", {{"file", identity.certificate_file}});
  }
  auto tls = relay::http::TlsListener::make(runtime_, std::move(front), identity);
  if (!tls) return std::unexpected(tls.error());
  tls_ = tls->get();
  runtime_.log.info("certificate", {{"sha256", tls_->fingerprint()}});
  return std::move(*tls);
}

Task<> Appliance::stop() {
  if (server_) co_await server_->stop(stop_grace);
  if (admin_server_) co_await admin_server_->stop(stop_grace);
  co_await maintenance_.stop();
  co_await uplink_->stop();
  co_await bridge_link_->stop();
  if (sqs_) co_await sqs_->stop();
  co_await dispatcher_->stop(stop_grace);
  co_await receipt_poller_->stop();
  co_await webhooks_.stop();
  co_await tasks_.stop();
  co_await telemetry_.stop();
  co_await receipts_.stop();
  platform_.network().close();
  co_await outbox_->close();
}

std::vector<std::string> Appliance::reload(const relay::config::Document& document) {
  std::vector<std::string> need_restart;
  int taken = 0;
  for (const auto& change : relay::config::changes(document_, document)) {
    const std::string name = change.table + (change.setting.empty() ? "" : "." + change.setting);
    if (change.reloadable) {
      ++taken;
    } else {
      runtime_.log.warning("setting_needs_restart", {{"setting", name}});
      need_restart.push_back(name);
    }
  }
  admission_ = relay::admission::Admission(relay::admission::read_settings(document.section("admission")));
  admission_.set_channels(providers_.channels());
  for (const auto& leader : leaders_in(document))
    dispatcher_->set_leader(leader.channel, leader.provider, leader.percent);
  opt_out_words_ = relay::admission::read_opt_out_words(document.section("opt_out"));
  if (tls_ != nullptr) {
    const auto renewed = tls_->reload();
    if (!renewed) runtime_.log.error("certificate_not_reloaded", {{"reason", renewed.error().message}});
  }
  runtime_.log.info("settings_reloaded", {{"taken_over", taken}});
  return need_restart;
}

/// Writes the timeline's anchor and prunes history.
Task<> Appliance::keep_house() {
  const auto& storage = document_.section("storage");
  relay::SteadyTime prune_at = runtime_.clock.steady();
  while (true) {
    auto kept = co_await outbox_->keep_time();
    ++house_turns_;
    stores_ = kept.has_value();
    if (!kept) runtime_.log.error("outbox_unwritable", {{"reason", kept.error().message}});
    while (true) {
      const auto pruned = co_await outbox_->prune_events();
      ++house_turns_;
      if (!pruned || *pruned == 0) break;
      co_await sleep_for(runtime_, prune_pause);
    }
    if (runtime_.clock.steady() >= prune_at) {
      int gone = 0;
      while (true) {
        const auto older_than = outbox_->timeline().now() - storage.duration("history");
        const auto pruned = co_await outbox_->prune(older_than, storage.integer("prune_above"));
        ++house_turns_;
        if (!pruned || *pruned == 0) break;
        gone += *pruned;
        co_await sleep_for(runtime_, prune_pause);
      }
      if (gone > 0) runtime_.log.info("history_pruned", {{"messages", gone}});
      prune_at = runtime_.clock.steady() + prune_interval;
    }
    co_await sleep_for(runtime_, keep_time_interval);
  }
}

Task<bool> Appliance::take_inbound(relay::outbox::InboundMessage message) {
  const std::string provider = message.provider;
  const std::string from = relay::masked_number(message.from);
  // A message with ports is from a program to a program.
  auto word = message.opt_out_word;  // what the provider took it for, by words of its own
  if (word == relay::OptOutWord::none && !message.ports) word = opt_out_words_.word_of(message.text);
  // Without its country a number names nobody that we send to: somebody has to look at it.
  if (const auto number = relay::admission::normalise_number(message.from);
      !number && word != relay::OptOutWord::none) {
    runtime_.log.warning("opt_out_not_possible",
                         {{"provider", provider}, {"from", from}, {"reason", number.error().message}});
    word = relay::OptOutWord::none;
  }
  message.opt_out_word = word;
  auto stored = co_await outbox_->store_inbound(std::move(message));
  if (!stored) {
    runtime_.log.error("inbound_not_stored", {{"provider", provider}, {"reason", stored.error().message}});
    co_return false;
  }
  runtime_.log.info("inbound", {{"provider", provider}, {"from", from}, {"repeat", !*stored}});
  if (!*stored) co_return true;
  metrics_.inbound(provider);
  if (word == relay::OptOutWord::stop) runtime_.log.info("opt_out_added", {{"number", from}, {"by", provider}});
  if (word == relay::OptOutWord::start) runtime_.log.info("opt_out_removed", {{"number", from}, {"by", provider}});
  co_return true;
}

Task<bool> Appliance::keep_part(relay::outbox::InboundPart part) {
  const std::string provider = part.provider;
  const auto kept = co_await outbox_->keep_inbound_part(std::move(part));
  if (!kept) runtime_.log.error("inbound_part_not_stored", {{"provider", provider}, {"reason", kept.error().message}});
  co_return kept.has_value();
}

void Appliance::apply_weights() {
  for (const auto& application : keys_.applications()) dispatcher_->set_weight(application.id, application.weight);
}

}  // namespace firmware
