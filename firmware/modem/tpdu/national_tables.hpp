#pragma once

#include <array>

namespace tpdu {

/// One Unicode character (all are in the basic plane) for each of the 128 codes.
using NationalTable = std::array<char16_t, 128>;

/// Languages of 3GPP TS 23.038 clause 6.2.1.2.4: 1 Turkish, 2 Spanish, 3 Portuguese, 4 Bengali, 5 Gujarati, 6 Hindi, 7
/// Kannada, 8 Malayalam, 9 Oriya, 10 Punjabi, 11 Tamil, 12 Telugu, 13 Urdu. Null: the default alphabet holds (0,
/// reserved, Spanish).
[[nodiscard]] const NationalTable* locking_shift_table(int language);
/// The table for codes after an escape; 0 where it has no character. Null: the default extension table holds.
[[nodiscard]] const NationalTable* single_shift_table(int language);

}  // namespace tpdu
