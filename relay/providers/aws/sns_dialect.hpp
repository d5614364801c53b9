#pragma once

#include <string>
#include <vector>

#include "relay/providers/aws/dialect.hpp"

namespace relay::providers::aws {

/// What stands in every Publish; empty ones are left out.
struct SnsOptions {
  std::string base_url;
  std::string sender_id;
  std::vector<std::string> allowed_senders;  ///< Sender ids that a message's `from` may choose instead.
  std::string origination_number;
  std::string max_price;
  std::string in_entity_id;
  std::string in_template_id;
  std::string repeat_prefix;
};

/// AWS SNS, Publish to a phone number: query protocol, XML answers (facts: cloud-apis.md 4). Nothing of ours comes
/// back, so no receipt can be matched, and SNS takes messages to opted-out numbers and drops them: prefer End User
/// Messaging.
class SnsDialect final : public Dialect {
 public:
  explicit SnsDialect(SnsOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::expected<http::ClientRequest, SendResult> build(const SendRequest& request) const override;
  [[nodiscard]] SendResult read(const http::ClientResponse& answer, WallTime now) const override;
  [[nodiscard]] ProviderError error_of(const http::ClientResponse& answer) const override;

 private:
  SnsOptions options_;
};

}  // namespace relay::providers::aws
