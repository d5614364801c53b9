#pragma once

#include <cstdint>

namespace relay {

/// The GSM 7 bit default alphabet and its extension table (3GPP TS 23.038 clauses 6.2.1 and 6.2.1.1).
namespace gsm7 {

inline constexpr std::uint8_t escape = 0x1B;

/// The septets of one Unicode scalar: one, two (0x1B then the extension code), or none when the alphabet lacks it.
struct Septets {
  std::uint8_t count = 0;  ///< 0, 1 or 2
  std::uint8_t code = 0;   ///< The last septet; with count 2 an 0x1B goes before it.
};
[[nodiscard]] Septets encode(char32_t character);

/// The character of a code 0..127 of the default alphabet. The escape code reads as a space, as the clause asks of a
/// receiver that meets it where no code follows.
[[nodiscard]] char32_t decode(std::uint8_t code);
/// The character of a code after an escape; 0 where the extension table has none.
[[nodiscard]] char32_t decode_extension(std::uint8_t code);

}  // namespace gsm7
}  // namespace relay
