#pragma once

#include <memory>
#include <string>

#include "relay/base/runtime.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/provider.hpp"

/// The bridge as a provider: it sends with credentials that this box does not have (docs/bridge.md). It knows a message
/// by its id, so handing it over again makes no second copy, and a lost answer is settled by asking.
namespace relay::providers::bridge {

[[nodiscard]] const config::Table& settings();           ///< "bridge": SMS
[[nodiscard]] const config::Table& whatsapp_settings();  ///< "bridge-whatsapp"

/// `kind` of the section tells the channel. `url` is the link's, without a trailing slash; `client` shows the box's
/// certificate there.
[[nodiscard]] std::unique_ptr<Provider> make_bridge(Runtime runtime, const config::Section& section, std::string url,
                                                    std::unique_ptr<http::Client> client);

}  // namespace relay::providers::bridge
