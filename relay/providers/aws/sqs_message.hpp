#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/http/client.hpp"
#include "relay/providers/webhook_event.hpp"

/// What AWS puts into a queue for a box: the messages of SNS topics (facts: cloud-apis.md 5, 6 and 8). Pure.
namespace relay::providers::aws {

/// One message of the queue, as ReceiveMessage hands it out.
struct QueuedMessage {
  std::string id;
  std::string receipt_handle;  ///< What DeleteMessage wants.
  std::string body;
  int receive_count = 1;  ///< How often it was handed out, this time included.
};

/// Nothing: the answer is not one of ReceiveMessage. An empty list: the queue had nothing.
[[nodiscard]] std::optional<std::vector<QueuedMessage>> read_queued(const http::ClientResponse& answer);

/// The events in a message's body: an SNS notification, or (raw delivery) what would stand in one. `now` is the time of
/// those that tell none. None: not understood.
[[nodiscard]] std::vector<WebhookEvent> events_in(std::string_view body, WallTime now);

}  // namespace relay::providers::aws
