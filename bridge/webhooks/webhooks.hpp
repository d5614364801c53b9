#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "bridge/webhooks/sns_certificates.hpp"
#include "relay/http/server.hpp"
#include "relay/providers/aws/sns.hpp"
#include "relay/providers/webhook_event.hpp"

namespace bridge::webhooks {

struct WebhookSettings {
  std::string public_url;  ///< "https://bridge.example.com", without a trailing slash: what Twilio signs begins so.
  relay::Millis sns_window = std::chrono::hours{6};     ///< Envelopes that are older are refused.
  std::optional<relay::crypto::Certificate> sns_roots;  ///< None: docs/decisions/0041-webhook-signatures.md.
};

/// What is kept of an event.
[[nodiscard]] store::NewEvent to_row(const tenants::Destination& to, const relay::providers::WebhookEvent& event);

/// Calls of providers: proves that each is genuine, keeps what it tells, and only then says so. Answers: 200 (kept, or
/// known already), 400 (genuine, but about nothing), 403 (not proven to be genuine), 404, 405, 503 (come again).
class Webhooks {
 public:
  struct Parts {
    relay::Runtime runtime;
    tenants::Directory& directory;
    store::Store& store;
    relay::http::Client& sns_client;
    /// "tenant/box" has something new. After the commit.
    std::function<void(const std::string&)> on_stored;
    /// Commits a receipt of what the bridge sent itself. False: it is of a box's own, which is told.
    std::function<relay::Task<relay::Result<bool>>(std::string tenant, relay::providers::WebhookEvent)> take_receipt;
  };
  Webhooks(Parts parts, WebhookSettings settings);

  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request);

  struct Figures {
    std::uint64_t stored = 0;
    std::uint64_t repeated = 0;
    std::uint64_t stale = 0;
    std::uint64_t refused = 0;  ///< Not proven to be genuine.
    std::uint64_t failed = 0;   ///< Answered 503.
  };
  [[nodiscard]] const Figures& figures() const { return figures_; }

 private:
  using Request = relay::http::ServerRequest;
  using Response = relay::http::ServerResponse;

  [[nodiscard]] relay::Task<Response> answer_twilio(const Request& request);
  [[nodiscard]] relay::Task<Response> answer_sns(const Request& request);
  [[nodiscard]] relay::Task<Response> confirm(const relay::providers::aws::SnsEnvelope& envelope);
  [[nodiscard]] relay::Task<Response> keep(std::string tenant, std::string box,
                                           std::vector<relay::providers::WebhookEvent> events, Response kept);
  [[nodiscard]] Response refuse(std::string_view provider, const std::string& why, const Request& request);
  [[nodiscard]] Response come_again(std::string_view provider, const std::string& why);

  Parts parts_;
  WebhookSettings settings_;
  SnsCertificates certificates_;
  Figures figures_;
};

}  // namespace bridge::webhooks
