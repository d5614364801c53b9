#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "firmware/modem/modem_provider.hpp"
#include "firmware/platform.hpp"
#include "relay/base/result.hpp"
#include "relay/config/document.hpp"
#include "relay/providers/provider.hpp"

namespace firmware {

/// What providers need of the box, and where their news goes.
struct ProviderPorts {
  relay::Runtime runtime;
  Platform& platform;
  std::function<void(relay::outbox::Receipt)> on_receipt;
  std::function<std::shared_ptr<relay::http::Client>()>
      link_client;  ///< uplink::BridgeLink::client(), once it is there.
  modem::ModemPorts modem;
};

/// The providers of the chain, made from their settings, in the order in which they are tried.
struct ProviderSet {
  std::vector<std::unique_ptr<relay::providers::Provider>> all;
  std::vector<modem::ModemProvider*> modems;  ///< Those of `all` that are modems, and the members of pools.

  [[nodiscard]] std::vector<relay::providers::Provider*> pointers() const;
  [[nodiscard]] std::vector<relay::Channel> channels() const;
};

/// Errors: invalid_argument with the table and the reason.
[[nodiscard]] relay::Result<ProviderSet> make_providers(const relay::config::Document& document,
                                                        const ProviderPorts& ports);

}  // namespace firmware
