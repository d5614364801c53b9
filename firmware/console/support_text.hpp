#pragma once

#include <string>
#include <string_view>

namespace firmware::console {

/// Telephone numbers (a run of 8 to 15 digits by itself, with or without a plus) as the log masks them. Pure.
[[nodiscard]] std::string with_numbers_masked(std::string_view text);

}  // namespace firmware::console
