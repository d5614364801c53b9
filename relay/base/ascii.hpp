#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace relay {

/// Names and tokens of protocols (RFC 9110) are ASCII, whatever the process's locale.
[[nodiscard]] constexpr char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

[[nodiscard]] constexpr bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

/// `blanks` off both ends; space and tab are the optional white space of RFC 9110.
[[nodiscard]] constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// CR, LF, NUL, what moves a terminal's cursor, and DEL.
[[nodiscard]] constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// Control characters (except tab) have no place in a header's value: with them one header
/// becomes two.
[[nodiscard]] constexpr bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return is_control(c) && c != '\t'; });
}

/// Text from outside may hold control characters: each becomes '?'.
[[nodiscard]] inline std::string on_one_line(std::string text) {
  std::ranges::replace_if(text, is_control, '?');
  return text;
}

}  // namespace relay
