#include "firmware/modem/tpdu/septets.hpp"

#include <algorithm>

#include "firmware/modem/tpdu/national_tables.hpp"
#include "relay/message/gsm7.hpp"

namespace tpdu {

std::vector<std::uint8_t> unpack_septets(std::span<const std::uint8_t> octets, std::size_t first, std::size_t count) {
  std::vector<std::uint8_t> septets;
  const std::size_t end = std::min(first + count, octets.size() * 8 / 7);
  for (std::size_t septet = first; septet < end; ++septet) {
    const std::size_t octet = septet * 7 / 8;
    const std::size_t shift = septet * 7 % 8;
    unsigned bits = octets[octet];
    if (octet + 1 < octets.size()) bits |= static_cast<unsigned>(octets[octet + 1]) << 8U;
    septets.push_back(static_cast<std::uint8_t>((bits >> shift) & 0x7FU));
  }
  return septets;
}

std::vector<std::uint8_t> pack_septets(std::span<const std::uint8_t> septets, std::size_t first) {
  std::vector<std::uint8_t> octets(octets_for_septets(first + septets.size()));
  for (std::size_t i = 0; i < septets.size(); ++i) {
    const std::size_t bit = (first + i) * 7;
    const unsigned bits = static_cast<unsigned>(septets[i] & 0x7FU) << (bit % 8);
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | (bits & 0xFFU));
    if (bits > 0xFF) octets[bit / 8 + 1] = static_cast<std::uint8_t>(bits >> 8U);
  }
  return octets;
}

std::u32string decode_septets(std::span<const std::uint8_t> septets, int locking_shift, int single_shift) {
  const NationalTable* const locking = locking_shift_table(locking_shift);
  const NationalTable* const single = single_shift_table(single_shift);
  const auto plain = [locking](std::uint8_t code) {
    return locking != nullptr ? static_cast<char32_t>((*locking)[code]) : relay::gsm7::decode(code);
  };
  const auto shifted = [single](std::uint8_t code) {
    return single != nullptr ? static_cast<char32_t>((*single)[code]) : relay::gsm7::decode_extension(code);
  };
  std::u32string text;
  text.reserve(septets.size());
  for (std::size_t i = 0; i < septets.size(); ++i) {
    const std::uint8_t code = septets[i] & 0x7FU;
    if (code != relay::gsm7::escape) {
      text.push_back(plain(code));
      continue;
    }
    if (++i == septets.size()) {
      text.push_back(U' ');
      break;
    }
    // No table has a character at the escape code after an escape, and each plain one has a space there.
    const char32_t character = shifted(septets[i] & 0x7FU);
    text.push_back(character != 0 ? character : plain(septets[i] & 0x7FU));
  }
  return text;
}

}  // namespace tpdu
