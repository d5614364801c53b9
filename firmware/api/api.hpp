#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "firmware/api/health.hpp"
#include "firmware/api/key_ring.hpp"
#include "firmware/api/maintenance.hpp"
#include "firmware/api/metrics.hpp"
#include "firmware/api/modem_json.hpp"
#include "firmware/api/problem.hpp"
#include "firmware/modem/modem_provider.hpp"
#include "relay/admission/admission.hpp"
#include "relay/events/event_streams.hpp"
#include "relay/http/server.hpp"
#include "relay/outbox/outbox.hpp"

namespace firmware::api {

/// The LAN API (docs/api.md): JSON over HTTP/1.1, applications known by their bearer key. And the box's own API on its
/// Unix socket, where who may connect is decided by the socket's permissions: keys are made there.
class Api {
 public:
  struct Parts {
    relay::Runtime runtime;
    relay::outbox::Outbox& outbox;
    const relay::admission::Admission& admission;
    KeyRing& keys;
    Metrics& metrics;
    HealthSource& health;
    std::function<relay::http::Server::Figures()> server_figures;
    std::function<void()> keys_changed;
    std::span<modem::ModemProvider* const> modems = {};  ///< Of the chain; they outlive the API.
    /// Whether events may be sent to this URL ([webhooks] allow).
    std::function<bool(std::string_view)> callback_allowed;
    std::function<void()> events_added;  ///< There are webhooks to send.
    Maintenance& maintenance;
    relay::events::EventStreams& streams;
  };
  explicit Api(Parts parts) : parts_(std::move(parts)) {}

  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer(const relay::http::ServerRequest& request);
  [[nodiscard]] relay::Task<relay::http::ServerResponse> answer_admin(const relay::http::ServerRequest& request);

 private:
  using Request = relay::http::ServerRequest;
  using Response = relay::http::ServerResponse;

  [[nodiscard]] relay::Task<Response> route(const Request& request);
  [[nodiscard]] relay::Task<std::optional<Response>> answer_health(const Request& request);
  [[nodiscard]] relay::Task<Response> submit(const Request& request, relay::outbox::Application application);
  [[nodiscard]] relay::admission::Load load_of(relay::AppId app) const;
  [[nodiscard]] relay::Task<Response> list(const Request& request, relay::AppId app);
  [[nodiscard]] relay::Task<Response> one_message(const Request& request, relay::AppId app);
  [[nodiscard]] relay::Task<Response> list_inbound(const Request& request);
  [[nodiscard]] relay::Task<Response> stream_events(const Request& request, relay::AppId app);
  // webhooks once more (webhooks.cpp)
  [[nodiscard]] relay::Task<Response> replay_webhooks(const Request& request, relay::AppId app);
  [[nodiscard]] relay::Task<Response> replay_message(std::string text, relay::AppId app);
  [[nodiscard]] relay::Task<Response> replay_since(relay::WallTime since, relay::WallTime until, relay::AppId app);
  [[nodiscard]] relay::Task<relay::Result<std::int64_t>> tell_again(const relay::outbox::MessageRecord& record);
  /// The list is the box's, not an application's: whoever has a key may read and change it. `by` is for the log.
  [[nodiscard]] relay::Task<Response> opt_outs(const Request& request, std::string by);
  [[nodiscard]] relay::Task<Response> list_opt_outs(const Request& request);
  [[nodiscard]] relay::Task<Response> add_opt_out(const Request& request, std::string by);
  [[nodiscard]] relay::Task<Response> one_opt_out(const Request& request, std::string by);
  [[nodiscard]] relay::Task<Response> answer_modems(const Request& request, Viewer viewer);
  [[nodiscard]] Response reset_modem(const Request& request, modem::ModemProvider& modem);
  [[nodiscard]] relay::Task<Response> command_modem(const Request& request, modem::ModemProvider& modem);
  [[nodiscard]] relay::Task<Response> ussd_modem(const Request& request, modem::ModemProvider& modem);
  [[nodiscard]] Response usage(relay::AppId app) const;
  [[nodiscard]] relay::Task<Response> change_key(const Request& request, std::string name);
  [[nodiscard]] relay::Task<Response> add_key(const Request& request);
  [[nodiscard]] Response list_keys() const;
  // an operator's orders (maintenance.cpp)
  [[nodiscard]] relay::Task<std::optional<Response>> answer_maintenance(const Request& request);
  [[nodiscard]] relay::Task<Response> operator_messages(const Request& request);
  [[nodiscard]] relay::Task<Response> operator_message(const Request& request, std::string rest);
  [[nodiscard]] relay::Task<Response> purge(const Request& request);
  [[nodiscard]] relay::Task<Response> send_test(const Request& request);
  [[nodiscard]] Response change_queue(const Request& request);
  [[nodiscard]] Response change_provider(const Request& request, const std::string& name);
  [[nodiscard]] Response change_uplink(const Request& request);
  void note_order(const Request& request, std::string_view order, std::string_view of);

  [[nodiscard]] relay::Task<bool> can_store();

  Parts parts_;
  relay::SteadyTime probed_at_ = relay::SteadyTime::min();
  bool probe_result_ = false;
};

}  // namespace firmware::api
