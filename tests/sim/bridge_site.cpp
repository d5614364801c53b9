#include "tests/sim/bridge_site.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "bridge/settings.hpp"
#include "relay/base/concat.hpp"
#include "relay/crypto/certificate.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using nlohmann::json;
using relay::concat;
using relay::Millis;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::Phase;

constexpr Millis service_manager_pause{5'000};
constexpr Millis set_up_after{1'000};
/// A life of 6 h wants a new one each 4 h for two days at the most; answers are lost at times.
constexpr int most_renewals = 60;
constexpr const char* settings_text = R"(
[listen]
address = "198.51.100.20:443"
tls_certificate_file = "/tls.pem"
tls_key_file = "/tls.key"
public_url = "https://bridge.example"
[link]
address = "198.51.100.20:8444"
tls_certificate_file = "/tls.pem"
tls_key_file = "/tls.key"
certificate_life = "6h"
[admin]
socket = "/admin.sock"
[storage]
path = "/bridge.db"
[sealing]
master_key = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
)";

ClientFailure no_connection() {
  return {.phase = Phase::connect,
          .request_byte_left = false,
          .certificate_refused = false,
          .timed_out = false,
          .message = "no connection to the bridge"};
}

std::string request_text(std::string_view method, std::string_view target, std::string_view headers,
                         std::string_view body) {
  return concat(method, " ", target, " HTTP/1.1\r\nHost: bridge.example\r\nConnection: close\r\n", headers,
                "Content-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace

BridgeSite::BridgeSite(World& world)
    : world_(world),
      stream_(world.options.seed, "bridge_site"),
      settings_(relay::config::Document::parse(settings_text, "bridge.toml", bridge::settings_tables(),
                                               [](const std::string&) { return std::nullopt; })),
      disk_(seed_of(world.options.seed, "bridge_disk")) {}

void BridgeSite::end() {
  if (!process_) return;
  process_->die();
  disk_.kill();
  process_->take_apart();
  process_.reset();
}

void BridgeSite::switch_on() {
  if (!settings_) return world_.violate("settings", settings_.error().message);
  machine_started_ = world_.now();
  start_daemon();
  world_.after(set_up_after, [this] { set_up(); });
}

void BridgeSite::start_daemon() {
  if (process_) return;
  disk_.revive();
  process_ = std::make_unique<BridgeProcess>(world_, ++lives_, machine_started_, disk_, *settings_);
  if (!process_->start()) bury(false, service_manager_pause);
}

void BridgeSite::kill(Millis down, std::string_view why) {
  world_.note("bridge_kill", why);
  if (process_) bury(false, down);
}

void BridgeSite::cut_power(Millis off, std::string_view why) {
  world_.note("bridge_power_cut", why);
  if (process_) bury(true, off);
}

void BridgeSite::bury(bool power, Millis down) {
  process_->die();
  if (power) {
    disk_.power_cut();
  } else {
    disk_.kill();
  }
  process_->take_apart();
  process_.reset();
  disk_.revive();
  world_.after(down, [this, power] {
    if (power && !process_) machine_started_ = world_.now();
    start_daemon();
  });
}

void BridgeSite::run_ready() {
  while (process_ && process_->queue.run_one()) world_.count_handler();
  if (process_ && process_->failed()) bury(false, service_manager_pause);
}

// --- the operator ---

void BridgeSite::order(const std::string& method, const std::string& path, const std::string& body,
                       HttpCall::Done done) {
  auto connection = process_ ? process_->connect(Door::admin) : nullptr;
  if (!connection) return done(std::nullopt);
  HttpCall::begin(world_, std::move(connection), std::move(done))
      ->send(request_text(method, concat("/v1/admin", path), "Content-Type: application/json\r\n", body));
}

void BridgeSite::set_up() {
  const auto failed = [this] { world_.violate("world", "the bridge's operator cannot set it up"); };
  const auto invite = [this, failed](std::optional<HttpAnswer> credential) {
    if (!credential || credential->status >= 300) return failed();
    order("POST", "/tenants/acme/boxes", R"({"name":"b1"})", [this, failed](std::optional<HttpAnswer> box) {
      const json told = json::parse(box ? box->body : "", nullptr, false);
      if (!told.is_object() || !told.contains("code")) return failed();
      world_.settings = settings_of(world_.options, told["code"].get<std::string>());
    });
  };
  const std::string secret = json{{"kind", "twilio"}, {"account", twilio_account}, {"secret", twilio_token}}.dump();
  order("POST", "/tenants", R"({"name":"acme"})", [this, failed, invite, secret](std::optional<HttpAnswer> tenant) {
    if (!tenant || tenant->status >= 300) return failed();
    order("PUT", "/tenants/acme/credentials", secret, invite);
  });
}

void BridgeSite::check_nothing_waits() {
  order("GET", "/tenants/acme/events?box=b1&limit=100", "", [this](std::optional<HttpAnswer> answer) {
    if (!answer || answer->status != 200) return world_.violate("bridge", "the bridge does not tell its events");
    for (const auto& event : json::parse(answer->body)["events"]) {
      if (event["acknowledged"] == true) continue;
      world_.violate("bridge", concat("event ", event["number"].dump(), " of the bridge never reached the box"));
      return;
    }
  });
}

// --- the internet ---

void BridgeSite::begin(const ClientRequest& request, const std::string& certificate,
                       const std::shared_ptr<Exchange>& exchange) {
  const bool enrolment = request.url.find("/enrol") != std::string::npos;
  const bool renewal = !enrolment && request.method == "POST";
  world_.hit(enrolment ? "link.enrol" : renewal ? "link.renew" : "link.asked");
  if (renewal && ++renewals_ > most_renewals)
    return world_.violate("bridge", "the box asks for certificates without end");
  if (!world_.clouds.uplink_up() || !up()) {
    const Millis delay = stream_.chance(0.5) ? Millis{20} : Millis{5'000};
    world_.after(delay, [exchange] { exchange->end(std::unexpected(no_connection())); });
    return;
  }
  exchange->byte_left = true;
  std::string fingerprint;
  if (!certificate.empty()) {
    const auto parsed = relay::crypto::Certificate::parse(certificate);
    if (!parsed) return world_.violate("world", "the box shows a certificate that cannot be read");
    fingerprint = parsed->fingerprint();
  }
  const std::string text =
      request_text(request.method, target_of(request.url), "Content-Type: application/json\r\n", request.body);
  world_.after(stream_.between(Millis{30}, Millis{200}), [this, exchange, enrolment, fingerprint, text] {
    auto connection = world_.clouds.uplink_up() && process_
                          ? process_->connect(enrolment ? Door::front : Door::link, fingerprint)
                          : nullptr;
    if (!connection) return travel_back(exchange, std::nullopt);
    HttpCall::begin(world_, std::move(connection), [this, exchange](std::optional<HttpAnswer> answer) {
      travel_back(exchange, std::move(answer));
    })->send(text);
  });
}

/// While the uplink is down nothing arrives, not even that the connection is gone.
void BridgeSite::travel_back(const std::shared_ptr<Exchange>& exchange, std::optional<HttpAnswer> answer) {
  const bool lost = world_.options.has(FaultClass::odd_webhooks) && stream_.chance(0.02);
  world_.after(stream_.between(Millis{20}, Millis{150}), [this, exchange, lost, answer = std::move(answer)] {
    if (!world_.clouds.uplink_up()) return world_.hit("link.answer_lost");
    if (!answer || lost) {
      world_.hit("link.broke");
      exchange->end(std::unexpected(ClientFailure{.phase = Phase::receive,
                                                  .request_byte_left = true,
                                                  .certificate_refused = false,
                                                  .timed_out = false,
                                                  .message = "the connection to the bridge broke"}));
      return;
    }
    exchange->end(relay::http::ClientResponse{.status = answer->status, .headers = {}, .body = answer->body});
  });
}

void BridgeSite::post_form(const std::string& target, const std::string& signature, const std::string& form,
                           HttpCall::Done done) {
  auto connection = process_ ? process_->connect(Door::front) : nullptr;
  if (!connection) return done(std::nullopt);
  HttpCall::begin(world_, std::move(connection), std::move(done))
      ->send(request_text(
          "POST", target,
          concat("Content-Type: application/x-www-form-urlencoded\r\nX-Twilio-Signature: ", signature, "\r\n"), form));
}

}  // namespace sim
