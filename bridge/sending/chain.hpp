#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/config/document.hpp"
#include "relay/http/client.hpp"
#include "relay/providers/demo/demo.hpp"
#include "relay/providers/provider.hpp"

/// A tenant's ways out. It is written as on a box: the tables [chain] and [providers.NAME], in TOML (docs/bridge.md).
namespace bridge::sending {

/// What a chain may contain depends on whose it is and who wrote it.
struct ChainRules {
  bool demo = false;         ///< A demo tenant has the provider `demo` and no other; any other tenant has all but it.
  bool by_operator = false;  ///< May lead providers to other addresses (base_url, connect_to, ca_file).
};
inline constexpr std::size_t max_chain_text = 16U << 10U;

/// A chain that a demo tenant has until it gets one of its own.
inline constexpr std::string_view demo_chain = "[chain]\nsms = [\"demo\"]\n[providers.demo]\nkind = \"demo\"\n";

/// Errors: invalid_argument, with line and reason. No file of this machine is read for a tenant: secrets stand in the
/// text itself, which is kept sealed.
[[nodiscard]] relay::Result<relay::config::Document> read_chain(std::string_view text, const ChainRules& rules);

struct ChainPorts {
  relay::Runtime runtime;
  std::function<std::unique_ptr<relay::http::Client>(relay::http::ClientOptions)> make_client;
  relay::providers::demo::ReceiptHandler on_demo_receipt;
  /// The auth token that the tenant has given for webhooks, by its account: it sends too, where the chain has no other.
  std::function<std::optional<std::string>(std::string_view account_sid)> twilio_token;
  std::string public_url;  ///< Where Twilio's status callbacks go, where the chain does not say.
};

/// The providers in the order in which they are tried, channel by channel. Errors: invalid_argument.
[[nodiscard]] relay::Result<std::vector<std::unique_ptr<relay::providers::Provider>>> make_providers(
    const relay::config::Document& chain, const ChainPorts& ports);

}  // namespace bridge::sending
