#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "relay/providers/aws/dialect.hpp"
#include "relay/providers/common/templates.hpp"

namespace relay::providers::aws {

/// What stands in every SendWhatsAppMessage.
struct SocialOptions {
  std::string base_url;
  std::string phone_number_id;               ///< "phone-number-id-..." or its ARN
  std::vector<std::string> allowed_senders;  ///< Phone number ids that a message's `from` may choose instead.
  std::string meta_api_version;              ///< "v20.0"
  std::string repeat_prefix;
  Templates templates;  ///< Our name -> "template:language"
};

/// AWS End User Messaging Social, SendWhatsAppMessage: REST-JSON around Meta's message JSON (facts: cloud-apis.md 6).
/// AWS takes the message before Meta has seen it: a closed 24-hour window or a number without WhatsApp comes later, as
/// an event that carries our message id (biz_opaque_callback_data).
class SocialDialect final : public Dialect {
 public:
  explicit SocialDialect(SocialOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::expected<http::ClientRequest, SendResult> build(const SendRequest& request) const override;
  [[nodiscard]] SendResult read(const http::ClientResponse& answer, WallTime now) const override;
  [[nodiscard]] ProviderError error_of(const http::ClientResponse& answer) const override;

 private:
  [[nodiscard]] std::optional<SendResult> add_content(const SendRequest& request, nlohmann::json& meta) const;

  SocialOptions options_;
};

}  // namespace relay::providers::aws
