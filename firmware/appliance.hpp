#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "firmware/api/api.hpp"
#include "firmware/api/key_ring.hpp"
#include "firmware/api/metrics.hpp"
#include "firmware/button.hpp"
#include "firmware/cloud_events.hpp"
#include "firmware/hardware/hardware_watch.hpp"
#include "firmware/indicator.hpp"
#include "firmware/maintenance.hpp"
#include "firmware/platform.hpp"
#include "firmware/provider_set.hpp"
#include "firmware/settings.hpp"
#include "firmware/sim_facts.hpp"
#include "firmware/telemetry.hpp"
#include "firmware/uplink/bridge_link.hpp"
#include "firmware/uplink/monitor.hpp"
#include "relay/admission/admission.hpp"
#include "relay/admission/opt_out_words.hpp"
#include "relay/config/document.hpp"
#include "relay/dispatch/dispatcher.hpp"
#include "relay/events/event_streams.hpp"
#include "relay/events/webhooks.hpp"
#include "relay/http/server.hpp"
#include "relay/http/tls.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "relay/program/vitals.hpp"
#include "relay/providers/aws/sqs_inbox.hpp"
#include "relay/receipts/receipts.hpp"

namespace firmware {

/// The appliance put together: every part is a member here, in the order of dependency, and the way of a message can be
/// read from top to bottom: api, admission, outbox, dispatch, providers, receipts, events.
class Appliance final : public api::HealthSource {
 public:
  /// Opens the outbox and makes the providers; nothing runs yet. `platform` outlives the appliance. Errors are whole
  /// sentences for the operator.
  [[nodiscard]] static relay::Result<std::unique_ptr<Appliance>> make(relay::Runtime runtime, Platform& platform,
                                                                      relay::config::Document document);
  ~Appliance() override;

  /// Settles what a crash left open, starts every loop, then listens. When it returns, messages are accepted.
  [[nodiscard]] relay::Task<relay::Result<bool>> start();
  /// Stops listening, lets attempts under way end for a moment, and closes the outbox.
  [[nodiscard]] relay::Task<> stop();
  /// Takes over what can be changed while running. Returns the settings that want a restart.
  std::vector<std::string> reload(const relay::config::Document& document);

  /// What the admin API may ask of the program around this. Before start().
  void connect(Maintenance::Program program) { maintenance_.connect(std::move(program)); }

  [[nodiscard]] api::HealthReport health() const override;
  [[nodiscard]] std::optional<std::int64_t> free_disk_bytes() const override { return outbox_->free_bytes(); }
  /// As relay::program::Service::prove_alive.
  [[nodiscard]] relay::Task<relay::Result<void>> prove_alive();

 private:
  Appliance(relay::Runtime runtime, Platform& platform, relay::config::Document document, ListenSettings listen,
            std::unique_ptr<relay::outbox::SqliteOutbox> outbox, relay::events::WebhookSettings webhooks);

  [[nodiscard]] relay::Result<bool> make_paths();
  void make_api();
  [[nodiscard]] relay::Result<bool> make_ways_back();
  [[nodiscard]] relay::Result<bool> listen();
  /// The same in TLS; makes a certificate first, where the settings say so.
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> secure(
      std::unique_ptr<relay::http::Listener> front);
  void tell_board() const;
  void watch_vitals();
  void settle_on(std::optional<Board> board);
  void take_button(const hal::GpioAddress& line);
  relay::Task<> keep_house();
  relay::Task<bool> take_inbound(relay::outbox::InboundMessage message);
  relay::Task<bool> keep_part(relay::outbox::InboundPart part);
  void apply_weights();
  void connect_channels(const std::vector<Leader>& leaders);
  [[nodiscard]] std::vector<Leader> leaders_in(const relay::config::Document& document);

  relay::Runtime runtime_;
  Platform& platform_;
  relay::config::Document document_;
  ListenSettings listen_settings_;
  std::optional<Board> board_;                   ///< Where its package is installed.
  std::unique_ptr<hal::PowerRail> modem_power_;  ///< The board's lines to its modem; null: it has none.

  std::unique_ptr<relay::outbox::SqliteOutbox> outbox_;
  relay::admission::Admission admission_;
  relay::admission::OptOutWords opt_out_words_;
  api::Metrics metrics_;
  api::KeyRing keys_;

  std::unique_ptr<relay::http::Client> webhook_client_;
  relay::events::WebhookSender webhooks_;
  relay::events::EventStreams streams_;
  Telemetry telemetry_;
  relay::receipts::Receipts receipts_;
  SimFacts sim_facts_;
  std::optional<ProviderPorts> provider_ports_;
  ProviderSet providers_;
  std::unique_ptr<relay::dispatch::Dispatcher> dispatcher_;
  std::unique_ptr<relay::receipts::ReceiptPoller> receipt_poller_;
  std::unique_ptr<uplink::UplinkMonitor> uplink_;
  std::optional<CloudEvents> cloud_events_;
  std::unique_ptr<uplink::BridgeLink> bridge_link_;
  std::unique_ptr<relay::providers::aws::SqsInbox> sqs_;  ///< Null: no queue is polled.
  HardwareWatch hardware_;
  Maintenance maintenance_;

  std::unique_ptr<api::Api> api_;
  std::unique_ptr<relay::http::Server> server_;
  std::unique_ptr<relay::http::Server> admin_server_;
  relay::http::TlsListener* tls_ = nullptr;  ///< Owned by server_; null for plain HTTP.

  std::optional<Indicator> indicator_;  ///< Where the board has a lamp for it.
  std::optional<Button> button_;        ///< Where the board has one.
  std::optional<relay::SteadyTime> button_held_at_;
  relay::SteadyTime started_at_{};
  relay::program::Vitals vitals_;
  std::uint64_t house_turns_ = 0;  ///< Of keep_house: each has written to the store, or was told that it cannot.
  bool stores_ = true;             ///< The last minute's write worked.
  relay::TaskGroup tasks_;
};

}  // namespace firmware
