#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

namespace tpdu {

enum class HexCase : std::uint8_t { lower, upper };

/// Accepts both cases. Errors: invalid_argument for an odd count or another character, with its place.
[[nodiscard]] relay::Result<std::vector<std::uint8_t>> from_hex(std::string_view hex);
[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> octets, HexCase letters = HexCase::upper);

}  // namespace tpdu
