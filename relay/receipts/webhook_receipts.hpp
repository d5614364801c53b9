#pragma once

#include <functional>
#include <string>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/providers/provider.hpp"
#include "relay/providers/webhook_event.hpp"
#include "relay/receipts/receipts.hpp"

namespace relay::receipts {

/// What a provider told by a webhook (to the bridge, or through a queue) goes to the attempt that it names, as the
/// modem's reports and the answers of polls do.
class WebhookReceipts {
 public:
  struct Ports {
    outbox::Outbox& outbox;
    Receipts& receipts;
    std::vector<providers::Provider*> providers;
    /// What became of an attempt whose answer was lost (dispatch::Dispatcher::late_answer).
    std::function<void(outbox::AttemptProof, std::string provider)> late_answer;
  };
  explicit WebhookReceipts(Ports ports) : ports_(std::move(ports)) {}

  /// Commits it. False: it names no attempt of ours. An error: give it again later.
  [[nodiscard]] Task<Result<bool>> take(providers::WebhookEvent event);

 private:
  [[nodiscard]] Task<> settle_lost_answer(const providers::WebhookEvent& event, const std::string& provider);

  Ports ports_;
};

}  // namespace relay::receipts
