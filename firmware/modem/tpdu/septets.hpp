#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tpdu {

/// Septet i stands at bits 7i.. of the octets, least significant bit first (3GPP TS 23.038 clause 6.1.2.1). `first`
/// skips septets: a user data header is padded to a septet boundary. What the octets do not hold is left out.
[[nodiscard]] std::vector<std::uint8_t> unpack_septets(std::span<const std::uint8_t> octets, std::size_t first,
                                                       std::size_t count);
/// Packs behind `first` septets' worth of zero bits; the caller lays its header over the first octets.
[[nodiscard]] std::vector<std::uint8_t> pack_septets(std::span<const std::uint8_t> septets, std::size_t first = 0);

[[nodiscard]] constexpr std::size_t octets_for_septets(std::size_t septets) { return (septets * 7 + 7) / 8; }
[[nodiscard]] constexpr std::size_t septets_for_octets(std::size_t octets) { return (octets * 8 + 6) / 7; }

/// Reads septets by the default alphabet or a locking shift language's, and codes after an escape by the default
/// extension table or a single shift language's. A code that the latter lacks reads as without the escape; a doubled or
/// a trailing escape as a space.
[[nodiscard]] std::u32string decode_septets(std::span<const std::uint8_t> septets, int locking_shift = 0,
                                            int single_shift = 0);

}  // namespace tpdu
