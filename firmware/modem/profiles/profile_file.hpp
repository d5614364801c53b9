#pragma once

#include <span>
#include <string>
#include <string_view>

#include "firmware/modem/profiles/profile.hpp"
#include "relay/base/result.hpp"
#include "relay/config/document.hpp"

namespace modem {

/// The tables that a profile file is made of: its schema.
[[nodiscard]] relay::config::Tables profile_tables();

/// Reads one profile. `file` is what messages call it; the profile's name is its last part without ".toml".
/// Errors: invalid_argument, a line for each problem: "FILE:LINE: [table] key: what is wrong; what to do".
[[nodiscard]] relay::Result<Profile> read_profile(std::string_view text, const std::string& file);

}  // namespace modem
