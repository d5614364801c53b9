#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay {

/// The GSM 7 bit default alphabet and its extension table (3GPP TS 23.038 clause 6.2.1).
namespace gsm7 {

/// The septets of one Unicode scalar: one, two (0x1B then the extension code), or none when the alphabet lacks it.
struct Septets {
  std::uint8_t count = 0;  ///< 0, 1 or 2
  std::uint8_t code = 0;   ///< The last septet; with count 2 an 0x1B goes before it.
};
[[nodiscard]] Septets encode(char32_t character);

}  // namespace gsm7
}  // namespace relay
