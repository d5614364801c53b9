#pragma once

#include <memory>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

/// AWS: SMS by "aws-sms" (End User Messaging, the better one: receipts name our message) and "aws-sns" (Publish),
/// WhatsApp by "aws-whatsapp" (End User Messaging Social).
namespace relay::providers::aws {

[[nodiscard]] const config::Table& sms_settings();
[[nodiscard]] const config::Table& sns_settings();
[[nodiscard]] const config::Table& whatsapp_settings();

/// `section` is of the table above. The client must have been made with client_options(section). Errors:
/// invalid_argument, with a sentence that names the setting. Nothing is asked of AWS.
[[nodiscard]] Result<std::unique_ptr<Provider>> make_sms(Runtime runtime, const config::Section& section,
                                                         std::unique_ptr<http::Client> client);
[[nodiscard]] Result<std::unique_ptr<Provider>> make_sns(Runtime runtime, const config::Section& section,
                                                         std::unique_ptr<http::Client> client);
[[nodiscard]] Result<std::unique_ptr<Provider>> make_whatsapp(Runtime runtime, const config::Section& section,
                                                              std::unique_ptr<http::Client> client);

}  // namespace relay::providers::aws
