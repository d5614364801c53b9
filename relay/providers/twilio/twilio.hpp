#pragma once

#include <memory>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

/// Twilio's Programmable Messaging: SMS ("twilio") and WhatsApp ("twilio-whatsapp").
namespace relay::providers::twilio {

[[nodiscard]] const config::Table& settings();
[[nodiscard]] const config::Table& whatsapp_settings();

/// `section` is of the table above. The client must have been made with client_options(section). Errors:
/// invalid_argument, with a sentence that names the setting. Nothing is asked of Twilio.
[[nodiscard]] Result<std::unique_ptr<Provider>> make_twilio(Runtime runtime, const config::Section& section,
                                                            std::unique_ptr<http::Client> client);
[[nodiscard]] Result<std::unique_ptr<Provider>> make_whatsapp(Runtime runtime, const config::Section& section,
                                                              std::unique_ptr<http::Client> client);

}  // namespace relay::providers::twilio
