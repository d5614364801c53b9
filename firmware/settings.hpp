#pragma once

#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/config/document.hpp"
#include "relay/dispatch/dispatcher.hpp"
#include "relay/program/listen.hpp"

namespace firmware {

/// Every settings table of edge-relayd; docs/settings.md is made of them.
[[nodiscard]] relay::config::Tables settings_tables();

/// Where the API listens.
struct ListenSettings : relay::program::ListenSettings {
  std::string admin_socket;  ///< Empty: none.
};
/// Errors: invalid_argument for an address that is not HOST:PORT, or one TLS file without the other.
[[nodiscard]] relay::Result<ListenSettings> read_listen(const relay::config::Document& document);

/// The names of the providers, in the order in which they are tried. Errors: invalid_argument when one is unknown or
/// named twice, or there is none.
[[nodiscard]] relay::Result<std::vector<std::string>> read_chain(const relay::config::Document& document);
[[nodiscard]] relay::dispatch::DispatchSettings read_dispatch(const relay::config::Document& document);

}  // namespace firmware
