#pragma once

#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/providers/webhook_event.hpp"

/// What goes over the link between the bridge and a box (docs/bridge.md): the bridge writes it, the box reads it.
namespace relay::link {

inline constexpr std::string_view receipt_type = "receipt";
inline constexpr std::string_view inbound_type = "inbound";

/// A JSON object. Members that say nothing are left out.
[[nodiscard]] std::string to_json(const providers::WebhookEvent& event);
/// Unknown members are ignored: the bridge may be newer. Errors: invalid_argument.
[[nodiscard]] Result<providers::WebhookEvent> from_json(std::string_view text);

}  // namespace relay::link
