#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/base/time.hpp"

namespace relay {

/// "2026-11-21T10:06:00.123Z", always UTC, always milliseconds.
[[nodiscard]] std::string format_rfc3339(WallTime time);

/// RFC 3339 date-time with any offset and any number of fraction digits (cut to milliseconds). Years 1970..9999; a leap
/// second counts as the next second. Nothing when the text is anything else.
[[nodiscard]] std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace relay
