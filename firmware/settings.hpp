#pragma once

#include <optional>
#include <string>
#include <vector>

#include "firmware/board/board.hpp"
#include "relay/base/result.hpp"
#include "relay/config/document.hpp"
#include "relay/dispatch/dispatcher.hpp"
#include "relay/program/listen.hpp"

namespace firmware {

/// Every settings table of edge-relayd; docs/settings.md is made of them.
[[nodiscard]] relay::config::Tables settings_tables();

/// Where the API listens.
struct ListenSettings : relay::program::ListenSettings {
  bool tls_self_signed = false;        ///< Make the two files when the certificate is missing.
  std::vector<std::string> tls_names;  ///< For that certificate; none: the host's own.
  std::string admin_socket;            ///< Empty: none.

  [[nodiscard]] bool has_tls() const { return !tls_certificate_file.empty(); }
  [[nodiscard]] bool is_loopback() const { return host.starts_with("127.") || host == "::1"; }
};
/// Errors: invalid_argument for an address that is not HOST:PORT, one TLS file without the other, or an address of the
/// LAN without TLS when plain_http does not allow it.
[[nodiscard]] relay::Result<ListenSettings> read_listen(const relay::config::Document& document);

/// The names of the providers, channel by channel in the order in which they are tried. Errors: invalid_argument when
/// one is unknown or named twice, or sms has none.
[[nodiscard]] relay::Result<std::vector<std::string>> read_chain(const relay::config::Document& document);
/// The board that the settings name, if its file is there. Errors: invalid_argument when the file is wrong, or a modem
/// is to use the line of its maintenance console.
[[nodiscard]] relay::Result<std::optional<Board>> read_board_of(const relay::config::Document& document);
/// Who is asked first in a channel, whatever the order says, for so many of a hundred messages.
struct Leader {
  relay::Channel channel = relay::Channel::sms;
  std::string provider;  ///< Empty: the order alone.
  int percent = 100;
};
/// One for each channel. Errors: invalid_argument when one is not in its channel's chain.
[[nodiscard]] relay::Result<std::vector<Leader>> read_leaders(const relay::config::Document& document);
[[nodiscard]] relay::dispatch::DispatchSettings read_dispatch(const relay::config::Document& document);

}  // namespace firmware
