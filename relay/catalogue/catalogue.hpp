#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/config/section.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/demo/demo.hpp"
#include "relay/providers/provider.hpp"

namespace relay::providers {

/// What the providers of the clouds need of the program that has them.
struct CloudPorts {
  Runtime runtime;
  std::function<std::unique_ptr<http::Client>(http::ClientOptions)> make_client;
  demo::ReceiptHandler on_demo_receipt;
};

/// "aws-sms", "aws-sns", "aws-whatsapp", "twilio", "twilio-whatsapp", "demo".
[[nodiscard]] bool is_cloud_kind(std::string_view kind);
/// Of such a kind, by its table. Errors: invalid_argument with the table and the reason.
[[nodiscard]] Result<std::unique_ptr<Provider>> make_cloud_provider(const config::Section& section,
                                                                    const CloudPorts& ports);

}  // namespace relay::providers
