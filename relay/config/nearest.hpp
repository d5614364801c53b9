#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace relay::config {

/// The candidate that was most likely meant (a slip of the keyboard away), if any is near enough.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

}  // namespace relay::config
