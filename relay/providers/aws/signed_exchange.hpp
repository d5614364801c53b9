#pragma once

#include <functional>
#include <memory>

#include "relay/base/runtime.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/aws/server_clock.hpp"
#include "relay/providers/aws/signature.hpp"
#include "relay/providers/common/answer.hpp"
#include "relay/providers/common/exchange.hpp"

namespace relay::providers::aws {

/// The way of a request to one AWS service: sign, ask. When AWS refuses the signature's time, the clock is taken from
/// its answer and the request is signed and made once more, by the same deadline: the refusal is proof that nothing was
/// done.
class SignedExchange {
 public:
  /// How the service's answers tell an error.
  using ErrorReader = std::function<ProviderError(const http::ClientResponse&)>;

  SignedExchange(Runtime runtime, Credentials credentials, SigningScope scope, std::unique_ptr<http::Client> client,
                 ErrorReader error_of);

  /// `request` is not signed yet, and has its deadline.
  [[nodiscard]] Task<Answer> ask(http::ClientRequest request);

 private:
  [[nodiscard]] http::ClientRequest signed_now(http::ClientRequest request) const;
  [[nodiscard]] bool learns_time_from(const http::ClientResponse& answer);

  Runtime runtime_;
  Credentials credentials_;
  SigningScope scope_;
  std::unique_ptr<http::Client> client_;
  ErrorReader error_of_;
  ServerClock server_clock_;
};

}  // namespace relay::providers::aws
