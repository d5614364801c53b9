#include "relay/providers/aws/aws_provider.hpp"

#include <utility>

namespace relay::providers::aws {

AwsProvider::AwsProvider(Runtime runtime, Parts parts)
    : runtime_(runtime),
      traits_(std::move(parts.traits)),
      dialect_(std::move(parts.dialect)),
      service_(runtime, std::move(parts.credentials), std::move(parts.scope), std::move(parts.client),
               [this](const http::ClientResponse& answer) { return dialect_->error_of(answer); }) {}

Task<SendResult> AwsProvider::send(SendRequest request) {
  auto unsigned_request = dialect_->build(request);
  if (!unsigned_request) co_return std::move(unsigned_request.error());
  unsigned_request->deadline = request.deadline;
  Answer answer = co_await service_.ask(std::move(*unsigned_request));
  if (!answer) co_return std::move(answer.error());
  co_return dialect_->read(*answer, runtime_.clock.wall());
}

}  // namespace relay::providers::aws
