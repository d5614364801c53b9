#include "firmware/console/printable.hpp"

#include <array>

namespace firmware::console {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escaped_byte(std::string& out, unsigned char byte) {
  out += "\\x";
  out += hex_digits[byte >> 4U];
  out += hex_digits[byte & 0x0fU];
}

/// C1 controls, bidirectional controls, and the separators that some terminals take for a line's end.
bool is_obeyed(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || (c >= 0x200e && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void append_escaped(std::string& out, char32_t c) {
  if (c < 0x100) {
    append_escaped_byte(out, static_cast<unsigned char>(c));
    return;
  }
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[(c >> static_cast<unsigned>(shift)) & 0x0fU];
}

std::string filter(std::string_view text, bool keep_line_feeds) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    char32_t character = 0;
    std::size_t size = decode_utf8(text, character);
    if (size == 0) {
      append_escaped_byte(out, static_cast<unsigned char>(text.front()));
      size = 1;
    } else if (is_obeyed(character) && !(keep_line_feeds && character == U'\n')) {
      append_escaped(out, character);
    } else {
      out.append(text.substr(0, size));
    }
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return filter(text, false); }
std::string printable_lines(std::string_view text) { return filter(text, true); }

std::size_t decode_utf8(std::string_view text, char32_t& character) {
  if (text.empty()) return 0;
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) {
    character = lead;
    return 1;
  }
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  char32_t value = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0U) != 0x80U) return 0;
    value = (value << 6U) | (next & 0x3fU);
  }
  static constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  if (value < least[size] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return 0;
  character = value;
  return size;
}

void append_utf8(std::string& out, char32_t c) {
  const auto put = [&](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0U | (c >> 6U));
    put(0x80U | (c & 0x3fU));
  } else if (c < 0x10000) {
    put(0xe0U | (c >> 12U));
    put(0x80U | ((c >> 6U) & 0x3fU));
    put(0x80U | (c & 0x3fU));
  } else {
    put(0xf0U | (c >> 18U));
    put(0x80U | ((c >> 12U) & 0x3fU));
    put(0x80U | ((c >> 6U) & 0x3fU));
    put(0x80U | (c & 0x3fU));
  }
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xc0U) != 0x80U ? 1 : 0;
  return count;
}

}  // namespace firmware::console
