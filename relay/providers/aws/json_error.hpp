#pragma once

#include "relay/http/client.hpp"
#include "relay/providers/common/answer.hpp"

namespace relay::providers::aws {

/// What a refusal in the JSON 1.0 protocol says (End User Messaging SMS, SQS); an empty code when it is not in that
/// shape.
[[nodiscard]] ProviderError json_error_of(const http::ClientResponse& answer);

}  // namespace relay::providers::aws
