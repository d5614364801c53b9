#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

/// RFC 3986 section 2.1, strict: empty when a '%' is not followed by two hexadecimal digits. '+' is itself.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text);

}  // namespace relay::http
