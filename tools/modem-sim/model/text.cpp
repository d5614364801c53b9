#include "tools/modem-sim/model/text.hpp"

#include <array>

namespace modem_sim {
namespace {

constexpr std::u32string_view default_alphabet =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static_assert(default_alphabet.size() == 128);

struct Extension {
  std::uint8_t code;
  char32_t character;
};
constexpr std::array extensions{
    Extension{0x0A, U'\f'}, Extension{0x14, U'^'}, Extension{0x28, U'{'}, Extension{0x29, U'}'}, Extension{0x2F, U'\\'},
    Extension{0x3C, U'['},  Extension{0x3D, U'~'}, Extension{0x3E, U']'}, Extension{0x40, U'|'}, Extension{0x65, U'€'}};
constexpr std::uint8_t escape = 0x1B;
constexpr char32_t replacement = U'\uFFFD';

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

bool is_surrogate(char32_t unit) { return unit >= 0xD800 && unit <= 0xDFFF; }

/// Length of the sequence that `lead` begins, 0 when it begins none.
std::size_t utf8_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if ((lead & 0xF0U) == 0xE0) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

std::optional<Octets> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  Octets octets;
  octets.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_value(hex[i]);
    const int low = hex_value(hex[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    octets.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return octets;
}

std::string to_hex(std::span<const std::uint8_t> octets) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string hex;
  hex.reserve(octets.size() * 2);
  for (const auto octet : octets) hex += digits[octet >> 4U], hex += digits[octet & 15U];
  return hex;
}

Octets pack_septets(std::span<const std::uint8_t> septets, std::size_t fill_bits) {
  Octets octets((fill_bits + septets.size() * 7 + 7) / 8, 0);
  std::size_t bit = fill_bits;
  for (const auto septet : septets) {
    const auto shifted = static_cast<unsigned>(septet & 0x7FU) << (bit % 8);
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | shifted);
    if (shifted > 0xFF) octets[bit / 8 + 1] = static_cast<std::uint8_t>(shifted >> 8U);
    bit += 7;
  }
  return octets;
}

Octets unpack_septets(std::span<const std::uint8_t> octets, std::size_t count, std::size_t fill_bits) {
  Octets septets;
  septets.reserve(count);
  for (std::size_t bit = fill_bits; septets.size() < count && bit + 7 <= octets.size() * 8; bit += 7) {
    unsigned pair = octets[bit / 8];
    if (bit / 8 + 1 < octets.size()) pair |= static_cast<unsigned>(octets[bit / 8 + 1]) << 8U;
    septets.push_back(static_cast<std::uint8_t>((pair >> (bit % 8)) & 0x7FU));
  }
  return septets;
}

std::optional<std::u32string> text_of_septets(std::span<const std::uint8_t> septets) {
  std::u32string text;
  for (std::size_t i = 0; i < septets.size(); ++i) {
    if (septets[i] != escape) {
      text += default_alphabet[septets[i]];
      continue;
    }
    if (++i == septets.size()) return std::nullopt;
    const auto before = text.size();
    for (const auto& extension : extensions) {
      if (extension.code == septets[i]) text += extension.character;
    }
    if (text.size() == before) return std::nullopt;
  }
  return text;
}

std::optional<Octets> septets_of_text(std::u32string_view text) {
  Octets septets;
  for (const auto character : text) {
    const auto before = septets.size();
    if (const auto at = default_alphabet.find(character); at != std::u32string_view::npos && at != escape) {
      septets.push_back(static_cast<std::uint8_t>(at));
    }
    for (const auto& extension : extensions) {
      if (extension.character == character) septets.insert(septets.end(), {escape, extension.code});
    }
    if (septets.size() == before) return std::nullopt;
  }
  return septets;
}

std::u32string text_of_utf16be(std::span<const std::uint8_t> octets) {
  const auto unit_at = [&](std::size_t i) { return static_cast<char32_t>(octets[i] * 256 + octets[i + 1]); };
  std::u32string text;
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2) {
    const char32_t unit = unit_at(i);
    const bool high = unit >= 0xD800 && unit <= 0xDBFF;
    if (high && i + 3 < octets.size() && unit_at(i + 2) >= 0xDC00 && unit_at(i + 2) <= 0xDFFF) {
      text += 0x10000 + ((unit - 0xD800) << 10U) + (unit_at(i + 2) - 0xDC00);
      i += 2;
    } else {
      text += is_surrogate(unit) ? replacement : unit;
    }
  }
  return text;
}

Octets utf16be_of_text(std::u32string_view text) {
  Octets octets;
  const auto add = [&](char32_t unit) {
    octets.push_back(static_cast<std::uint8_t>(unit >> 8U));
    octets.push_back(static_cast<std::uint8_t>(unit & 0xFFU));
  };
  for (const auto character : text) {
    if (character < 0x10000) {
      add(character);
    } else {
      add(0xD800 + ((character - 0x10000) >> 10U));
      add(0xDC00 + ((character - 0x10000) & 0x3FFU));
    }
  }
  return octets;
}

std::string to_utf8(std::u32string_view text) {
  std::string utf8;
  const auto tail = [&](char32_t character, unsigned shift) {
    utf8 += static_cast<char>(0x80U | ((character >> shift) & 0x3FU));
  };
  for (const auto character : text) {
    if (character < 0x80) {
      utf8 += static_cast<char>(character);
    } else if (character < 0x800) {
      utf8 += static_cast<char>(0xC0U | (character >> 6U)), tail(character, 0);
    } else if (character < 0x10000) {
      utf8 += static_cast<char>(0xE0U | (character >> 12U)), tail(character, 6), tail(character, 0);
    } else {
      utf8 += static_cast<char>(0xF0U | (character >> 18U)), tail(character, 12), tail(character, 6),
          tail(character, 0);
    }
  }
  return utf8;
}

std::u32string from_utf8(std::string_view utf8) {
  std::u32string text;
  for (std::size_t i = 0; i < utf8.size();) {
    const auto lead = static_cast<unsigned char>(utf8[i]);
    const auto length = utf8_length(lead);
    char32_t character = length == 1 ? lead : lead & (0x7FU >> length);
    std::size_t taken = 1;
    while (taken < length && i + taken < utf8.size() && (static_cast<unsigned char>(utf8[i + taken]) & 0xC0U) == 0x80) {
      character = (character << 6U) | (static_cast<unsigned char>(utf8[i + taken]) & 0x3FU);
      ++taken;
    }
    const bool whole = length != 0 && taken == length && !is_surrogate(character) && character <= 0x10FFFF;
    text += whole ? character : replacement;
    i += taken;
  }
  return text;
}

}  // namespace modem_sim
