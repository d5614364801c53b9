#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace relay {

namespace detail {
inline std::string_view concat_part(std::string_view text) { return text; }
template <std::integral T>
std::string concat_part(T number) {
  return std::to_string(number);
}
}  // namespace detail

/// Puts a sentence together from strings and whole numbers (libstdc++ 12 has no <format>).
template <class... Parts>
[[nodiscard]] std::string concat(const Parts&... parts) {
  std::string out;
  ((out += detail::concat_part(parts)), ...);
  return out;
}

/// The words in a row.
template <class Words>
[[nodiscard]] std::string joined(const Words& words, std::string_view separator = ", ") {
  std::string out;
  for (const auto& word : words) {
    if (!out.empty()) out += separator;
    out += word;
  }
  return out;
}

}  // namespace relay
