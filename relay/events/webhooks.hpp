#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/outbox/outbox.hpp"

namespace relay::events {

struct WebhookSettings {
  std::vector<std::string> allow;  ///< "host" or "host:port": the only places that events may go to.
  std::string secret;              ///< The key of the signatures, decoded. Empty: webhooks are off.
  std::string alert_url;           ///< Where the box's own events go; empty: to the log only.
  std::string ca_file;
  Millis timeout{10'000};
  Millis max_age{
      std::chrono::hours{72}};  ///< An event that no receiver took for so long is dropped, and the log says so.
};
[[nodiscard]] const config::Table& settings_table();
/// Errors: invalid_argument for a secret that is not whsec_ and base64 of 24 to 64 bytes, or an alert_url that is not
/// allowed.
[[nodiscard]] Result<WebhookSettings> read_settings(const config::Section& section);

/// Whether a URL leads to an allowed place. The whole authority is compared, so that user info, other ports and
/// look-alike names fail.
[[nodiscard]] bool is_allowed(const WebhookSettings& settings, std::string_view url);

/// The signature of Standard Webhooks: "v1," and base64 of HMAC-SHA-256 over "id.timestamp.body".
[[nodiscard]] std::string sign(std::string_view secret, std::string_view id, std::int64_t timestamp_s,
                               std::string_view body);

/// Delivers the outbox's events to their receivers: durable, at least once, same id each time, in order per receiver. A
/// receiver that is down delays only itself.
class WebhookSender {
 public:
  WebhookSender(Runtime runtime, outbox::Outbox& outbox, http::Client& client, WebhookSettings settings);

  void start();
  [[nodiscard]] Task<> stop();
  /// There may be new events.
  void poke() { work_.notify(); }
  [[nodiscard]] bool enabled() const { return !settings_.secret.empty(); }
  [[nodiscard]] const WebhookSettings& settings() const { return settings_; }

 private:
  Task<> run();
  Task<> deliver(std::string url, std::vector<outbox::Event> events);
  Task<bool> post(const outbox::Event& event);
  [[nodiscard]] Millis back_off(int tries) const;

  Runtime runtime_;
  outbox::Outbox& outbox_;
  http::Client& client_;
  WebhookSettings settings_;
  std::set<std::string> busy_;  ///< URLs with a delivery under way.
  std::map<std::string, SteadyTime>
      held_until_;  ///< URLs whose first event waits for its next try: nothing overtakes it.
  Notification work_;
  TaskGroup tasks_;
};

}  // namespace relay::events
