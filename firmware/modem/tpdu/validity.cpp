#include "firmware/modem/tpdu/validity.hpp"

#include <algorithm>

namespace tpdu {
namespace {

constexpr std::int64_t hour = 60;
constexpr std::int64_t day = 24 * hour;
constexpr std::int64_t week = 7 * day;

}  // namespace

std::int64_t relative_minutes(std::uint8_t octet) {
  if (octet <= 143) return (octet + 1) * std::int64_t{5};
  if (octet <= 167) return 12 * hour + (octet - 143) * std::int64_t{30};
  if (octet <= 196) return (octet - 166) * day;
  return (octet - 192) * week;
}

std::uint8_t relative_octet(std::int64_t minutes) {
  // The periods grow with the octet: the first that is long enough.
  int octet = 0;
  while (octet < 255 && relative_minutes(static_cast<std::uint8_t>(octet)) < minutes) ++octet;
  return static_cast<std::uint8_t>(octet);
}

EnhancedValidity decode_enhanced(std::span<const std::uint8_t, 7> octets) {
  EnhancedValidity validity;
  validity.indicator = octets[0];
  validity.single_shot = (octets[0] & 0x40U) != 0;
  validity.format = octets[0] & 0x07;
  // Bit 7 extends the indicator by further octets, which push the period back.
  std::size_t at = 0;
  while (at < octets.size() && (octets[at] & 0x80U) != 0) ++at;
  const auto rest = octets.subspan(std::min(at + 1, octets.size()));
  if (validity.format == 1 && !rest.empty()) validity.seconds = relative_minutes(rest[0]) * 60;
  if (validity.format == 2 && !rest.empty() && rest[0] != 0) validity.seconds = rest[0];
  if (validity.format == 3 && rest.size() >= 3) {
    std::int64_t seconds = 0;
    for (const std::uint8_t octet : rest.first(3)) {
      const int tens = octet & 0x0F;
      const int ones = octet >> 4U;
      if (tens > 9 || ones > 9) return validity;
      seconds = seconds * 60 + tens * 10 + ones;
    }
    validity.seconds = seconds;
  }
  return validity;
}

}  // namespace tpdu
