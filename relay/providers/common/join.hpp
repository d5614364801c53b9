#pragma once

#include <array>
#include <cstddef>

namespace relay::providers {

/// Joins the parts of a table at compile time.
template <class T, std::size_t... N>
[[nodiscard]] constexpr auto join(const std::array<T, N>&... parts) {
  std::array<T, (N + ...)> all{};
  std::size_t at = 0;
  const auto append = [&all, &at](const auto& part) {
    for (const auto& row : part) all[at++] = row;
  };
  (append(parts), ...);
  return all;
}

}  // namespace relay::providers
