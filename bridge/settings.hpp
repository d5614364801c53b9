#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bridge/sending/settings.hpp"
#include "bridge/webhooks/webhooks.hpp"
#include "relay/base/result.hpp"
#include "relay/commit/database_file.hpp"
#include "relay/config/document.hpp"
#include "relay/http/client.hpp"
#include "relay/http/server.hpp"
#include "relay/program/listen.hpp"

namespace bridge {

/// Every settings table of edge-bridged; docs/bridge-settings.md is made of them.
[[nodiscard]] relay::config::Tables settings_tables();

/// What the bridge needs of its settings file, checked.
struct Settings {
  relay::program::ListenSettings front;
  relay::http::ServerLimits front_limits;
  std::optional<relay::program::ListenSettings> link;  ///< None: no boxes are served.
  relay::http::ServerLimits link_limits;
  relay::Millis certificate_life{};
  std::string admin_socket;  ///< Empty: none.
  std::string store_url;     ///< PostgreSQL; empty: the SQLite file.
  relay::commit::DatabaseFile storage;
  relay::Millis keep_acknowledged{};
  relay::Millis keep_unacknowledged{};
  std::string master_key;
  std::string previous_master_key;
  webhooks::WebhookSettings webhooks;
  relay::http::ClientOptions sns_client;
  sending::SendingSettings sending;
};
/// Errors: invalid_argument, a sentence for the operator.
[[nodiscard]] relay::Result<Settings> read_settings(const relay::config::Document& document);

}  // namespace bridge
