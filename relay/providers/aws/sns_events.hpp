#pragma once

#include <vector>

#include "relay/providers/aws/sns.hpp"
#include "relay/providers/webhook_event.hpp"

namespace relay::providers::aws {

/// What a genuine notification tells: a delivery event of End User Messaging SMS, an inbound SMS (two-way), or events
/// of End User Messaging Social (WhatsApp), of which one notification may carry several. Nothing: it tells of something
/// else. Never more than 64.
[[nodiscard]] std::vector<WebhookEvent> read_events(const SnsEnvelope& envelope);

}  // namespace relay::providers::aws
