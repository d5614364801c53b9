#pragma once

#include <expected>

#include "relay/base/time.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/common/answer.hpp"
#include "relay/providers/provider.hpp"

namespace relay::providers::aws {

/// One AWS service's way to say "send this" and to answer. Pure: no IO, no clock.
class Dialect {
 public:
  virtual ~Dialect() = default;

  /// The request but for its signature and deadline, or why this provider can never carry the message.
  [[nodiscard]] virtual std::expected<http::ClientRequest, SendResult> build(const SendRequest& request) const = 0;
  /// `now` is the box's time, for a Retry-After.
  [[nodiscard]] virtual SendResult read(const http::ClientResponse& answer, WallTime now) const = 0;
  /// What a refusal says, in the shape of this service; an empty code when it is not in that shape.
  [[nodiscard]] virtual ProviderError error_of(const http::ClientResponse& answer) const = 0;
};

}  // namespace relay::providers::aws
