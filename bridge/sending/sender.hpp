#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/sending/chain.hpp"
#include "bridge/sending/handovers.hpp"
#include "bridge/sending/hold.hpp"
#include "bridge/sending/settings.hpp"
#include "bridge/sending/tidings.hpp"
#include "bridge/store/store.hpp"
#include "bridge/tenants/directory.hpp"
#include "relay/dispatch/dispatcher.hpp"
#include "relay/http/client.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "relay/receipts/receipts.hpp"
#include "relay/receipts/webhook_receipts.hpp"

namespace bridge::sending {

/// A tenant's relay: an outbox of its own, its chain and its providers, as a box has them. What one tenant's boxes hand
/// over neither waits for another tenant's nor shares a file with it.
class Sender final : private relay::dispatch::DispatchObserver {
 public:
  struct Parts {
    relay::Runtime runtime;
    std::string tenant;
    store::Store& store;
    const tenants::Directory& directory;
    std::function<std::unique_ptr<relay::http::Client>(relay::http::ClientOptions)> make_client;
    std::function<void(const std::string&)> on_stored;  ///< "tenant/box" has something new.
    relay::outbox::StoreThread thread = relay::outbox::StoreThread::own;
  };
  /// Opens the tenant's outbox and makes the providers of its chain. Errors are sentences.
  [[nodiscard]] static relay::Result<std::unique_ptr<Sender>> make(Parts parts, const SendingSettings& settings,
                                                                   const relay::config::Document& chain);
  ~Sender() override;

  /// Settles what a crash left open, then sends.
  [[nodiscard]] relay::Task<relay::Result<bool>> start();
  /// Lets attempts under way end for a moment, and closes the outbox.
  [[nodiscard]] relay::Task<> stop();

  [[nodiscard]] Handovers& handovers() { return handovers_; }
  /// A provider's webhook. False: it is about no message of this outbox. An error: give it again.
  [[nodiscard]] relay::Task<relay::Result<bool>> take_receipt(relay::providers::WebhookEvent event);

 private:
  using Providers = std::vector<std::unique_ptr<relay::providers::Provider>>;
  Sender(Parts parts, const SendingSettings& settings, std::unique_ptr<relay::outbox::SqliteOutbox> outbox);
  [[nodiscard]] relay::Result<bool> make_chain(const SendingSettings& settings, const relay::config::Document& chain);
  [[nodiscard]] std::optional<std::string> no_way_out(const relay::Message& message) const;
  relay::Task<> keep_house();

  void attempt_ended(const std::string& provider, const relay::Message& message,
                     const relay::providers::SendResult& result, relay::Millis duration) override;
  void accepted_after_all(const std::string& provider, const relay::Message& message,
                          const relay::providers::SendResult& result) override;
  void message_moved(const relay::Message& message, relay::State to) override;
  void breaker_changed(const std::string& provider, bool open, std::string_view code, std::string_view detail) override;
  void fallback_changed(bool active, const std::string& primary, const std::string& used) override;
  void path_changed(relay::Channel channel, bool available) override;
  void uplink_suspect() override {}

  Parts parts_;
  std::int64_t max_size_ = 0;
  std::unique_ptr<relay::outbox::SqliteOutbox> outbox_;
  relay::receipts::Receipts receipts_;
  Providers providers_;
  std::unique_ptr<relay::dispatch::Dispatcher> dispatcher_;
  std::unique_ptr<relay::receipts::ReceiptPoller> poller_;
  std::optional<relay::receipts::WebhookReceipts> webhook_receipts_;
  Tidings tidings_;
  Hold hold_;
  Handovers handovers_;
  relay::TaskGroup tasks_;
};

}  // namespace bridge::sending
