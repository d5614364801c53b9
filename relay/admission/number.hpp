#pragma once

#include <string>
#include <string_view>

#include "relay/base/result.hpp"

namespace relay::admission {

/// "+358 (40) 123-4567" becomes "+358401234567": E.164 with the plus, 7 to 15 digits, no guess of a country. Errors:
/// invalid_argument with what is wrong and what is expected.
[[nodiscard]] Result<std::string> normalise_number(std::string_view number);

/// A wished sender: an E.164 number, or 1 to 11 letters, digits, spaces, hyphens with at least one letter (alphanumeric
/// sender id), or a short code of 3 to 8 digits.
[[nodiscard]] Result<std::string> normalise_sender(std::string_view sender);

}  // namespace relay::admission
