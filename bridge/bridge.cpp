#include "bridge/bridge.hpp"

#include <utility>

#include "relay/api/problem.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/changes.hpp"
#include "relay/crypto/certificate.hpp"
#include "relay/crypto/token.hpp"

namespace bridge {
namespace {

using relay::concat;
using relay::Result;
using relay::Task;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

constexpr relay::Millis stop_grace{5'000};
constexpr relay::Millis house_interval{10'000};
constexpr relay::Millis retry_interval{1'000};
constexpr relay::Millis prune_interval{600'000};
constexpr unsigned admin_socket_mode = 0660;
constexpr std::size_t admin_connections = 8;
constexpr std::chrono::days authority_life{3650};
constexpr relay::Millis clock_difference = std::chrono::hours{1};
// Names in the store's facts.
constexpr const char* authority_key_fact = "authority-key";
constexpr const char* authority_certificate_fact = "authority-certificate";
constexpr const char* epoch_fact = "epoch";

ServerResponse plain(int status, std::string body) {
  return {.status = status, .headers = {{"Content-Type", "text/plain; charset=utf-8"}}, .body = std::move(body)};
}

ServerResponse out_of_date() {
  return relay::api::to_response({.status = 503,
                                  .type = "unavailable",
                                  .title = "This node of the bridge is cut off from its store",
                                  .detail = "ask another one, or come again",
                                  .retry_after = retry_interval});
}

}  // namespace

Result<std::unique_ptr<Bridge>> Bridge::make(relay::Runtime runtime, Platform& platform,
                                             relay::config::Document document) {
  auto settings = read_settings(document);
  if (!settings) return std::unexpected(settings.error());
  auto vault = tenants::Vault::make(settings->master_key, settings->previous_master_key);
  if (!vault) return std::unexpected(vault.error());
  auto store = platform.open_store(settings->store_url, settings->storage);
  if (!store) return std::unexpected(store.error());
  return std::unique_ptr<Bridge>(
      new Bridge(runtime, platform, std::move(document), std::move(*settings), std::move(*store), std::move(*vault)));
}

Bridge::Bridge(relay::Runtime runtime, Platform& platform, relay::config::Document document, Settings settings,
               std::unique_ptr<store::Store> store, tenants::Vault vault)
    : runtime_(runtime),
      platform_(platform),
      document_(std::move(document)),
      settings_(std::move(settings)),
      store_(std::move(store)),
      directory_(runtime, *store_, std::move(vault)),
      sns_client_(platform.make_client(settings_.sns_client)),
      sending_({.runtime = runtime,
                .store = *store_,
                .directory = directory_,
                .make_client =
                    [this](relay::http::ClientOptions options) { return platform_.make_client(std::move(options)); },
                .on_stored = [this](const std::string& box) { link_->poke(box); }},
               settings_.sending),
      webhooks_({.runtime = runtime,
                 .directory = directory_,
                 .store = *store_,
                 .sns_client = *sns_client_,
                 .on_stored = [this](const std::string& box) { link_->poke(box); },
                 .take_receipt =
                     [this](std::string tenant, relay::providers::WebhookEvent event) {
                       return sending_.take_receipt(std::move(tenant), std::move(event));
                     }},
                settings_.webhooks),
      changed_(runtime),
      tasks_(runtime) {}

Bridge::~Bridge() = default;

Task<Result<bool>> Bridge::start() {
  auto loaded = co_await directory_.load();
  if (!loaded) co_return loaded;
  auto linked = co_await make_link();
  if (!linked) co_return linked;
  co_await sending_.start();
  admin_ = std::make_unique<api::Admin>(
      api::Admin::Parts{.runtime = runtime_,
                        .directory = directory_,
                        .store = *store_,
                        .link = *link_,
                        .sending = sending_,
                        .on_stored = [this](const std::string& box) { link_->poke(box); }});
  link_->start();
  tasks_.spawn("bridge.keep_house", keep_house());
  tasks_.spawn("bridge.keep_current", keep_current());
  store_->on_news([this](store::News news) { hear(std::move(news)); });
  auto listening = listen();
  if (!listening) co_return listening;
  runtime_.log.info("ready", {{"version", EDGE_RELAY_VERSION},
                              {"tenants", directory_.all().tenants.size()},
                              {"boxes", directory_.all().boxes.size()}});
  co_return true;
}

Task<Result<bool>> Bridge::make_link() {
  auto made = co_await authority();
  if (!made) co_return std::unexpected(made.error());
  authority_ = std::move(*made);
  auto of_store = co_await epoch();
  if (!of_store) co_return std::unexpected(of_store.error());
  link_ = std::make_unique<link::Link>(
      link::Link::Parts{.runtime = runtime_,
                        .directory = directory_,
                        .store = *store_,
                        .messages = [this](const ServerRequest& request,
                                           store::Box box) { return sending_.answer(request, std::move(box)); }},
      authority_, std::move(*of_store), settings_.certificate_life);
  co_return true;
}

/// Made once; the key is sealed as credentials are, under a data key of the bridge's own.
Task<Result<link::Authority>> Bridge::authority() {
  auto certificate = co_await store_->recall(authority_certificate_fact);
  if (!certificate) co_return std::unexpected(certificate.error());
  auto key = co_await store_->recall(authority_key_fact);
  if (!key) co_return std::unexpected(key.error());
  if (*certificate && *key) {
    auto opened = directory_.open_own(authority_key_fact, **key);
    if (!opened) co_return std::unexpected(opened.error());
    // Sealed anew at each start: under the present master key, whichever opened it.
    auto sealed = co_await store_->remember(authority_key_fact, directory_.seal_own(authority_key_fact, *opened));
    if (!sealed) co_return std::unexpected(sealed.error());
    co_return link::Authority{std::move(**certificate), std::move(*opened)};
  }
  co_return co_await make_authority();
}

/// Nodes that start together agree first on the key, then on a certificate of it.
Task<Result<link::Authority>> Bridge::make_authority() {
  link::Authority made;
  auto new_key = relay::crypto::make_key(runtime_.random);
  if (!new_key) co_return std::unexpected(new_key.error());
  auto sealed = co_await store_->agree(authority_key_fact, directory_.seal_own(authority_key_fact, *new_key));
  if (!sealed) co_return std::unexpected(sealed.error());
  auto agreed = directory_.open_own(authority_key_fact, *sealed);
  if (!agreed) co_return std::unexpected(agreed.error());
  made.key = std::move(*agreed);
  relay::crypto::CertificateWish wish{.common_name = "Edge Relay bridge",
                                      .not_before = runtime_.clock.wall() - clock_difference,
                                      .not_after = runtime_.clock.wall() + authority_life};
  runtime_.random.fill(wish.serial);
  auto signed_by_itself = relay::crypto::make_authority(made.key, wish, runtime_.random);
  if (!signed_by_itself) co_return std::unexpected(signed_by_itself.error());
  auto certificate = co_await store_->agree(authority_certificate_fact, std::move(*signed_by_itself));
  if (!certificate) co_return std::unexpected(certificate.error());
  made.certificate = std::move(*certificate);
  runtime_.log.info("authority_made");
  co_return made;
}

Task<Result<std::string>> Bridge::epoch() {
  auto known = co_await store_->recall(epoch_fact);
  if (!known) co_return std::unexpected(known.error());
  if (*known) co_return std::move(**known);
  co_return co_await store_->agree(epoch_fact, relay::crypto::random_token(runtime_.random).substr(0, 16));
}

Result<bool> Bridge::listen() {
  front_server_ = std::make_unique<relay::http::Server>(
      runtime_, settings_.front_limits, [this](const ServerRequest& request) { return answer(request); });
  link_server_ = std::make_unique<relay::http::Server>(
      runtime_, settings_.link_limits, [this](const ServerRequest& request) { return answer_link(request); });
  if (!settings_.admin_socket.empty()) {
    auto socket = platform_.listen_unix(settings_.admin_socket, admin_socket_mode);
    if (!socket) return std::unexpected(socket.error());
    relay::http::ServerLimits limits;
    limits.max_connections = limits.max_connections_per_peer = admin_connections;
    admin_server_ = std::make_unique<relay::http::Server>(
        runtime_, limits, [this](const ServerRequest& request) { return admin_->answer_socket(request); });
    admin_server_->serve(std::move(*socket));
  }
  std::string link_address;
  if (settings_.link) {
    auto address = serve(*settings_.link, authority_.certificate, *link_server_);
    if (!address) return std::unexpected(address.error());
    link_address = std::move(*address);
  }
  auto address = serve(settings_.front, "", *front_server_);
  if (!address) return std::unexpected(address.error());
  runtime_.log.info("listening", {{"address", *address},
                                  {"tls", !settings_.front.tls_certificate_file.empty()},
                                  {"link", link_address},
                                  {"admin", settings_.admin_socket}});
  return true;
}

Result<std::string> Bridge::serve(const relay::program::ListenSettings& where, const std::string& client_authorities,
                                  relay::http::Server& server) {
  auto listener = platform_.listen_tcp(where, client_authorities);
  if (!listener) return std::unexpected(listener.error());
  std::string address = (*listener)->address();
  server.serve(std::move(*listener));
  return address;
}

Task<ServerResponse> Bridge::answer(const ServerRequest& request) {
  if (request.path == "/livez" || request.path == "/readyz") co_return answer_health();
  if (!is_current()) co_return out_of_date();
  if (webhooks::Webhooks::owns(request.path)) co_return co_await webhooks_.answer(request);
  if (request.path == "/v1/link/enrol") co_return co_await link_->enrol(request);
  co_return co_await admin_->answer(request);
}

Task<ServerResponse> Bridge::answer_link(const ServerRequest& request) {
  if (!is_current()) co_return out_of_date();
  co_return co_await link_->answer(request);
}

ServerResponse Bridge::answer_health() const {
  if (!is_current()) return plain(503, "cannot hear the other nodes\n");
  return storing_ ? plain(200, "ready\n") : plain(503, "cannot store\n");
}

Task<> Bridge::stop() {
  if (link_) link_->finish();
  if (front_server_) co_await front_server_->stop(stop_grace);
  if (link_server_) co_await link_server_->stop(stop_grace);
  if (admin_server_) co_await admin_server_->stop(stop_grace);
  if (link_) co_await link_->stop();
  co_await sending_.stop();
  co_await tasks_.stop();
  co_await store_->close();
}

std::vector<std::string> Bridge::reload(const relay::config::Document& document) {
  std::vector<std::string> need_restart;
  for (const auto& change : relay::config::changes(document_, document)) {
    if (change.reloadable) continue;
    need_restart.push_back(change.table + (change.setting.empty() ? "" : "." + change.setting));
    runtime_.log.warning("setting_needs_restart", {{"setting", need_restart.back()}});
  }
  const auto renewed = platform_.reload_certificates();
  if (!renewed) runtime_.log.error("certificate_not_reloaded", {{"reason", renewed.error().message}});
  runtime_.log.info("settings_reloaded", {{"need_restart", need_restart.size()}});
  return need_restart;
}

/// Proves now and then that the loop turns and the store answers, and prunes.
Task<> Bridge::keep_house() {
  relay::SteadyTime prune_at = runtime_.clock.steady();
  while (true) {
    const auto probed = co_await store_->probe();
    ++progress_;
    storing_ = probed.has_value();
    if (!probed) runtime_.log.error("store_unwritable", {{"reason", probed.error().message}});
    if (runtime_.clock.steady() >= prune_at) {
      const auto now = runtime_.clock.wall();
      const auto lost = co_await store_->prune(now - settings_.keep_acknowledged, now - settings_.keep_unacknowledged);
      if (lost && *lost > 0)
        runtime_.log.error("events_lost", {{"events", *lost}, {"reason", "their boxes never came"}});
      prune_at = runtime_.clock.steady() + prune_interval;
    }
    co_await sleep_for(runtime_, storing_ ? house_interval : retry_interval);
  }
}

void Bridge::hear(store::News news) {
  using Kind = store::News::Kind;
  if (news.kind == Kind::events) return link_->poke(news.box);
  hears_ = news.kind == Kind::listening || (hears_ && news.kind != Kind::deaf);
  ++changes_;
  if (news.kind == Kind::listening) heard_from_ = changes_;
  changed_.notify();
}

/// The directory is read anew after each change of another node; then every question that waits looks again, whether
/// its box is still let in and whether it has something new.
Task<> Bridge::keep_current() {
  while (true) {
    while (read_ == changes_) co_await changed_.wait();
    const auto reading = changes_;
    const auto done = co_await directory_.reload();
    if (done) {
      read_ = reading;
      link_->poke_all();
    } else {
      runtime_.log.error("directory_not_read", {{"reason", done.error().message}});
      co_await sleep_for(runtime_, retry_interval);
    }
  }
}

}  // namespace bridge
