#include "relay/events/webhooks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "relay/base/ascii.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/events/event_body.hpp"

namespace relay::events {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int batch = 100;
constexpr std::size_t max_receivers_at_once = 8;
constexpr Millis store_retry{1'000};
constexpr std::size_t least_secret_bytes = 24;  // Standard Webhooks: 24 to 64 bytes
constexpr std::size_t most_secret_bytes = 64;
/// Receivers stand on the same LAN: a try costs nothing, and one that has come back should not wait for hours.
constexpr std::array<Millis, 5> retry_after{seconds{5}, seconds{30}, minutes{2}, minutes{5}, minutes{10}};

/// "http://host:80/path" gives "host:80"; the default port is added. Empty for anything that is not plain.
std::string authority_of(std::string_view url) {
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) return {};
  url.remove_prefix(tls ? 8 : 7);
  std::string authority{url.substr(0, url.find_first_of("/?#"))};
  // User info, backslashes, blanks and control characters are ways to make two parsers see two hosts.
  const bool is_clean = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '\\'; });
  if (!is_clean || authority.empty() || authority.contains('@')) return {};
  std::ranges::transform(authority, authority.begin(), ascii_lower);
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string::npos && authority.back() != ']';
  const bool is_port = has_port && colon + 1 < authority.size() &&
                       authority.find_first_not_of("0123456789", colon + 1) == std::string::npos;
  if (has_port && !is_port) return {};
  return has_port ? authority : authority + (tls ? ":443" : ":80");
}

bool matches(std::string_view allowed, std::string_view authority) {
  const bool with_port = allowed.rfind(':') != std::string_view::npos && !allowed.ends_with(']');
  return with_port ? allowed == authority : authority.substr(0, authority.rfind(':')) == allowed;
}

}  // namespace

bool is_allowed(const WebhookSettings& settings, std::string_view url) {
  const std::string authority = authority_of(url);
  return !authority.empty() &&
         std::ranges::any_of(settings.allow, [&](const auto& allowed) { return matches(allowed, authority); });
}

std::string sign(std::string_view secret, std::string_view id, std::int64_t timestamp_s, std::string_view body) {
  std::string signed_text{id};
  signed_text += '.';
  signed_text += std::to_string(timestamp_s);
  signed_text += '.';
  signed_text += body;
  return "v1," + crypto::base64(crypto::hmac_sha256(secret, signed_text));
}

WebhookSender::WebhookSender(Runtime runtime, outbox::Outbox& outbox, http::Client& client, WebhookSettings settings)
    : runtime_(runtime),
      outbox_(outbox),
      client_(client),
      settings_(std::move(settings)),
      work_(runtime),
      tasks_(runtime) {}

void WebhookSender::start() {
  if (enabled()) tasks_.spawn("events.webhooks", run());
}

Task<> WebhookSender::stop() { co_await tasks_.stop(); }

Task<> WebhookSender::run() {
  while (true) {
    auto pending = co_await outbox_.pending_events(outbox_.timeline().now(), batch);
    if (!pending) {
      runtime_.log.error("outbox_unreadable", {{"reason", pending.error().message}});
      co_await sleep_for(runtime_, store_retry);
      continue;
    }
    std::map<std::string, std::vector<outbox::Event>> by_url;
    for (auto& event : *pending) by_url[event.url].push_back(std::move(event));
    const SteadyTime now = runtime_.clock.steady();
    std::erase_if(held_until_, [now](const auto& held) { return held.second <= now; });
    // All that are held, not only those in this batch: next_event_due() tells the earliest only, which may be the event
    // of a slow receiver that is being served, and its delay must not become the others'.
    SteadyTime wake = SteadyTime::max();
    for (const auto& [url, until] : held_until_) wake = std::min(wake, until);
    for (auto& [url, events] : by_url) {
      if (held_until_.contains(url)) continue;
      if (planted(PlantedFault::dead_receiver_blocks_others) && !held_until_.empty()) continue;
      if (busy_.contains(url) || busy_.size() >= max_receivers_at_once) continue;
      busy_.insert(url);
      tasks_.spawn("events.deliver", deliver(url, std::move(events)));
    }
    auto next = co_await outbox_.next_event_due();
    if (next && *next && **next > outbox_.timeline().now()) wake = std::min(wake, outbox_.timeline().to_steady(**next));
    co_await work_.wait_until(wake);
  }
}

Task<> WebhookSender::deliver(std::string url, std::vector<outbox::Event> events) {
  for (const auto& event : events) {
    work_.notify();                     // others may have become due since
    if (!is_allowed(settings_, url)) {  // the allow-list was changed since
      runtime_.log.error("event_dropped", {{"event", event.id}, {"type", event.type}, {"reason", "url not allowed"}});
      co_await outbox_.event_done(event.id);
      continue;
    }
    if (planted(PlantedFault::event_deleted_before_delivery)) co_await outbox_.event_done(event.id);
    const bool taken = co_await post(event);
    const bool too_old = outbox_.timeline().now() - event.added > settings_.max_age;
    if (taken || too_old) {
      if (!taken)
        runtime_.log.error("event_dropped", {{"event", event.id}, {"type", event.type}, {"tries", event.tries + 1}});
      co_await outbox_.event_done(event.id);
      continue;
    }
    const Millis wait = back_off(event.tries);
    held_until_[url] = runtime_.clock.steady() + wait;
    co_await outbox_.event_failed(event.id, outbox_.timeline().now() + wait);
    if (planted(PlantedFault::event_failure_skips_on)) continue;
    break;
  }
  busy_.erase(url);
  work_.notify();
}

Task<bool> WebhookSender::post(const outbox::Event& event) {
  std::string id = "evt_" + std::to_string(event.id);
  if (planted(PlantedFault::event_id_changes_at_retry)) id += "_" + std::to_string(event.tries);
  const std::int64_t timestamp_s = to_ms(runtime_.clock.wall()) / 1000;
  http::ClientRequest request;
  request.url = event.url;
  request.body = body_of(event);
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", id},
                     {"webhook-timestamp", std::to_string(timestamp_s)},
                     {"webhook-signature", sign(settings_.secret, id, timestamp_s, request.body)}};
  request.deadline = runtime_.clock.steady() + settings_.timeout;
  auto answer = co_await client_.perform(std::move(request));
  const bool any_will_do = planted(PlantedFault::event_done_at_any_answer);
  const bool taken = answer && ((answer->status >= 200 && answer->status < 300) || any_will_do);
  if (!taken) {
    std::string why = answer ? "HTTP " + std::to_string(answer->status) : answer.error().message;
    if (planted(PlantedFault::secret_in_log)) why += "; secret whsec_" + crypto::base64(settings_.secret);
    runtime_.log.warning("webhook_failed",
                         {{"event", event.id}, {"type", event.type}, {"tries", event.tries + 1}, {"reason", why}});
  }
  co_return taken;
}

Millis WebhookSender::back_off(int tries) const {
  const Millis base =
      retry_after[std::min<std::size_t>(static_cast<std::size_t>(std::max(0, tries)), retry_after.size() - 1)];
  return base / 2 + Millis{static_cast<std::int64_t>(runtime_.random.below(static_cast<std::uint64_t>(base.count())))};
}

const config::Table& settings_table() {
  using config::Setting;
  using enum config::Type;
  static constexpr std::array settings{
      Setting{
          .name = "allow",
          .type = list,
          .default_value = "",
          .text = "Hosts (HOST or HOST:PORT) that callback_url and alert_url may lead to; anything else is refused."},
      Setting{.name = "secret",
              .type = secret,
              .default_value = "",
              .text = "Signs each webhook (Standard Webhooks): whsec_ and base64 of 24 to 64 random bytes. Without it "
                      "no webhooks are sent."},
      Setting{.name = "alert_url",
              .type = text,
              .default_value = "",
              .text = "Where the box's own events go (provider.fallback, path.down, breaker.opened); without it to the "
                      "log only."},
      Setting{.name = "ca_file",
              .type = text,
              .default_value = "",
              .text = "PEM file with the certificate authorities of the receivers, in place of the system's."},
      Setting{.name = "timeout",
              .type = duration,
              .default_value = "10s",
              .text = "How long a receiver may take.",
              .min = 100,
              .max = 60'000},
      Setting{.name = "max_age",
              .type = duration,
              .default_value = "3d",
              .text = "An event that its receiver did not take for this long is dropped.",
              .min = 60'000},
  };
  static constexpr config::Table table{
      .path = "webhooks", .kind = "", .text = "What applications are told, and where.", .settings = settings};
  return table;
}

Result<WebhookSettings> read_settings(const config::Section& section) {
  WebhookSettings settings{.allow = section.list("allow"),
                           .secret = {},
                           .alert_url = section.text("alert_url"),
                           .ca_file = section.text("ca_file"),
                           .timeout = section.duration("timeout"),
                           .max_age = section.duration("max_age")};
  std::string_view text = section.text("secret");
  if (!text.empty()) {
    constexpr std::string_view prefix = "whsec_";
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    const auto bytes = crypto::from_base64(text);
    if (!bytes || bytes->size() < least_secret_bytes || bytes->size() > most_secret_bytes) {
      return fail(ErrorCode::invalid_argument,
                  "[webhooks] secret: must be whsec_ and the base64 of 24 to 64 bytes; make one with: echo "
                  "whsec_$(openssl rand -base64 32)");
    }
    settings.secret = *bytes;
  }
  if (!settings.alert_url.empty() && !is_allowed(settings, settings.alert_url)) {
    return fail(ErrorCode::invalid_argument, "[webhooks] alert_url: its host is not in allow; add it there");
  }
  return settings;
}

}  // namespace relay::events
