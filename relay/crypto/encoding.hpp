#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/crypto/digest.hpp"

namespace relay::crypto {

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string hex(ByteView bytes);
/// Either case; empty for an odd length or a character that is no hexadecimal digit.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);

/// RFC 4648 section 4, with padding and without line breaks.
[[nodiscard]] std::string base64(ByteView bytes);
/// Strict: empty (not an empty string) for a foreign character, a wrong length or wrong padding, so that one value has
/// one spelling.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace relay::crypto
