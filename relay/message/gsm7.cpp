#include "relay/message/gsm7.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace relay::gsm7 {
namespace {

// 3GPP TS 23.038 clause 6.2.1, eight rows of sixteen codes. The escape code stands as a space.
constexpr std::u32string_view default_alphabet =
    U"@£$¥èéùìòÇ\nØø\rÅå"
    U"Δ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ"
    U" !\"#¤%&'()*+,-./"
    U"0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNO"
    U"PQRSTUVWXYZÄÖÑÜ§"
    U"¿abcdefghijklmno"
    U"pqrstuvwxyzäöñüà";
static_assert(default_alphabet.size() == 128);

struct Extension {
  std::uint8_t code;
  char32_t character;
};
constexpr std::array<Extension, 10> extensions{{{0x0A, U'\f'},
                                                {0x14, U'^'},
                                                {0x28, U'{'},
                                                {0x29, U'}'},
                                                {0x2F, U'\\'},
                                                {0x3C, U'['},
                                                {0x3D, U'~'},
                                                {0x3E, U']'},
                                                {0x40, U'|'},
                                                {0x65, U'€'}}};

// By character, up to the last Greek letter in use; the euro sign alone is beyond.
constexpr char32_t table_end = U'Ω' + 1;
constexpr auto septets_of = [] {
  std::array<Septets, table_end> table{};
  for (std::size_t code = 0; code < default_alphabet.size(); ++code) {
    if (code != escape) table[default_alphabet[code]] = {1, static_cast<std::uint8_t>(code)};
  }
  for (const auto& extension : extensions) {
    if (extension.character < table_end) table[extension.character] = {2, extension.code};
  }
  return table;
}();

}  // namespace

Septets encode(char32_t character) {
  if (character < table_end) return septets_of[character];
  if (character == U'€') return {2, 0x65};
  return {};
}

char32_t decode(std::uint8_t code) { return default_alphabet[code & 0x7FU]; }

char32_t decode_extension(std::uint8_t code) {
  for (const auto& extension : extensions) {
    if (extension.code == code) return extension.character;
  }
  return 0;
}

}  // namespace relay::gsm7
