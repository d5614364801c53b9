#pragma once

#include <functional>

#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/webhook_event.hpp"
#include "relay/receipts/webhook_receipts.hpp"

namespace firmware {

/// What providers told the bridge or put into a queue enters the box where its own providers' and its modem's news do:
/// receipts go to relay/receipts, messages to the table behind GET /v1/inbound.
class CloudEvents {
 public:
  struct Ports {
    relay::outbox::Outbox& outbox;
    relay::receipts::WebhookReceipts receipts;
    /// Commits; false: not now.
    std::function<relay::Task<bool>(relay::outbox::InboundMessage)> take_inbound;
  };
  explicit CloudEvents(Ports ports) : ports_(std::move(ports)) {}

  /// True: committed, or nothing to us. False: give it again.
  [[nodiscard]] relay::Task<bool> take(relay::providers::WebhookEvent event);

 private:
  [[nodiscard]] relay::Task<bool> take_receipt(relay::providers::WebhookEvent event);

  Ports ports_;
};

}  // namespace firmware
