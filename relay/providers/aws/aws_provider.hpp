#pragma once

#include <memory>

#include "relay/base/runtime.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/aws/dialect.hpp"
#include "relay/providers/aws/server_clock.hpp"
#include "relay/providers/aws/signature.hpp"
#include "relay/providers/provider.hpp"

namespace relay::providers::aws {

/// Sends by one AWS service: build, sign, ask, read. When AWS refuses the signature's time, the clock is taken from its
/// answer and the request is signed and made once more within the same send(): the refusal is proof that nothing was
/// sent.
class AwsProvider final : public Provider {
 public:
  struct Parts {
    Traits traits;
    Credentials credentials;
    SigningScope scope;
    std::unique_ptr<Dialect> dialect;
    std::unique_ptr<http::Client> client;
  };
  AwsProvider(Runtime runtime, Parts parts);

  [[nodiscard]] const Traits& traits() const override { return parts_.traits; }
  [[nodiscard]] Task<SendResult> send(SendRequest request) override;

 private:
  [[nodiscard]] http::ClientRequest signed_now(http::ClientRequest request) const;
  [[nodiscard]] bool learns_time_from(const http::ClientResponse& answer);

  Runtime runtime_;
  Parts parts_;
  ServerClock server_clock_;
};

}  // namespace relay::providers::aws
