#pragma once

#include <optional>
#include <string_view>

#include "relay/base/time.hpp"

namespace relay::providers {

/// Reads the date of an HTTP header (RFC 9110 clause 5.6.7, IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT") and of
/// Twilio's answers (RFC 2822: "Sun, 06 Nov 1994 08:49:37 +0000"). The day's name is not checked, the obsolete forms
/// are not read. Empty when the text is not such a date.
[[nodiscard]] std::optional<WallTime> parse_date(std::string_view text);

}  // namespace relay::providers
