#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tpdu {

/// One Unicode character (all are in the basic plane) for each of the 128 codes.
using NationalTable = std::array<char16_t, 128>;

/// National language identifiers of 3GPP TS 23.038 clause 6.2.1.2.4; others are reserved, 0 is the default alphabet.
enum class Language : std::uint8_t {
  turkish = 1,
  spanish,
  portuguese,
  bengali,
  gujarati,
  hindi,
  kannada,
  malayalam,
  oriya,
  punjabi,
  tamil,
  telugu,
  urdu,
};
/// By the name of the enumerator.
[[nodiscard]] std::optional<Language> parse_language(std::string_view name);

/// By language identifier. Null: the default alphabet holds (0, reserved, Spanish).
[[nodiscard]] const NationalTable* locking_shift_table(int language);
/// The table for codes after an escape; 0 where it has no character. Null: the default extension table holds.
[[nodiscard]] const NationalTable* single_shift_table(int language);

}  // namespace tpdu
