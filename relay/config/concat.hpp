#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace relay::config {

// libstdc++ 12 has no <format>; sentences about settings are put together from strings and whole numbers.
namespace detail {
inline std::string_view part(std::string_view text) { return text; }
template <std::integral T>
std::string part(T number) {
  return std::to_string(number);
}
}  // namespace detail

template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string out;
  ((out += detail::part(parts)), ...);
  return out;
}

}  // namespace relay::config
