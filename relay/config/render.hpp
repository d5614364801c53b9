#pragma once

#include <string>
#include <string_view>

#include "relay/config/document.hpp"

namespace relay::config {

/// The settings in effect, as TOML that loads again (but for the secrets, which are "********"): --print-config. What
/// stands at its default says so in a comment; a secret says where it came from.
[[nodiscard]] std::string print(const Document& document);

/// docs/settings.md: every table with the name, type, default, bounds and meaning of each setting. `settings_file` is
/// where the program looks for its file.
[[nodiscard]] std::string generate_docs(Tables tables, std::string_view settings_file = "/etc/edge-relay/relay.toml");

/// A settings file in which everything is there, explained and commented out: /usr/share/doc/edge-relay/relay.toml.
[[nodiscard]] std::string generate_sample(Tables tables);

}  // namespace relay::config
