#pragma once

#include <string>
#include <vector>

#include "relay/providers/aws/dialect.hpp"

namespace relay::providers::aws {

/// What stands in every request to End User Messaging SMS; empty ones are left out.
struct EumOptions {
  std::string base_url;
  std::string origination_identity;
  std::vector<std::string> allowed_senders;  ///< Identities that a message's `from` may choose instead.
  std::string configuration_set;
  std::string keyword;
  std::string max_price;
  std::string in_entity_id;
  std::string in_template_id;
  std::string repeat_prefix;
};

/// AWS End User Messaging SMS v2, SendTextMessage: JSON 1.0 (facts: cloud-apis.md 5).
class EumDialect final : public Dialect {
 public:
  explicit EumDialect(EumOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::expected<http::ClientRequest, SendResult> build(const SendRequest& request) const override;
  [[nodiscard]] SendResult read(const http::ClientResponse& answer, WallTime now) const override;
  [[nodiscard]] ProviderError error_of(const http::ClientResponse& answer) const override;

 private:
  EumOptions options_;
};

}  // namespace relay::providers::aws
