#pragma once

#include <string>

#include "relay/outbox/outbox.hpp"

namespace relay::events {

/// What a webhook's body and a stream's `data` are: {"type", "timestamp", "data"}, as in Standard Webhooks.
[[nodiscard]] std::string body_of(const outbox::Event& event);

}  // namespace relay::events
