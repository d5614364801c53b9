#pragma once

#include <functional>
#include <string>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/provider.hpp"
#include "relay/providers/webhook_event.hpp"
#include "relay/receipts/receipts.hpp"

namespace firmware {

/// What providers told the bridge or put into a queue enters the box where its own providers' and its modem's news do:
/// receipts go to relay/receipts, messages to the table behind GET /v1/inbound.
class CloudEvents {
 public:
  struct Ports {
    relay::outbox::Outbox& outbox;
    relay::receipts::Receipts& receipts;
    std::vector<relay::providers::Provider*> providers;
    /// Commits; false: not now.
    std::function<relay::Task<bool>(relay::outbox::InboundMessage)> take_inbound;
    /// The provider did take an attempt whose answer was lost.
    std::function<void(relay::outbox::AttemptProof, std::string provider)> late_answer;
  };
  explicit CloudEvents(Ports ports) : ports_(std::move(ports)) {}

  /// True: committed, or nothing to us. False: give it again.
  [[nodiscard]] relay::Task<bool> take(relay::providers::WebhookEvent event);

 private:
  [[nodiscard]] relay::Task<bool> take_receipt(relay::providers::WebhookEvent event);
  [[nodiscard]] relay::Task<> settle_lost_answer(const relay::providers::WebhookEvent& event,
                                                 const std::string& provider);

  Ports ports_;
};

}  // namespace firmware
