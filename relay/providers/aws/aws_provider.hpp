#pragma once

#include <memory>

#include "relay/base/runtime.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/aws/dialect.hpp"
#include "relay/providers/aws/signature.hpp"
#include "relay/providers/aws/signed_exchange.hpp"
#include "relay/providers/provider.hpp"

namespace relay::providers::aws {

/// Sends by one AWS service: build, sign, ask, read.
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

  [[nodiscard]] const Traits& traits() const override { return traits_; }
  [[nodiscard]] Task<SendResult> send(SendRequest request) override;

 private:
  Runtime runtime_;
  Traits traits_;
  std::unique_ptr<Dialect> dialect_;
  SignedExchange service_;
};

}  // namespace relay::providers::aws
