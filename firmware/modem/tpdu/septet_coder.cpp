#include "firmware/modem/tpdu/septet_coder.hpp"

#include <algorithm>
#include <tuple>

#include "firmware/modem/tpdu/national_tables.hpp"

namespace tpdu {

using relay::gsm7::Septets;

SeptetCoder::SeptetCoder(ShiftTables tables) : national_(tables != ShiftTables{}) {
  if (!national_) return;
  const NationalTable* const locking = locking_shift_table(tables.locking);
  const NationalTable* const single = single_shift_table(tables.single);
  codes_.reserve(256);
  add(U' ', {1, 0x20});  // Positions without a character read as spaces, too.
  for (std::uint8_t code = 0; code < 128; ++code) {
    const char32_t character = locking != nullptr ? (*locking)[code] : relay::gsm7::decode(code);
    if (character != U' ') add(character, {1, code});
  }
  for (std::uint8_t code = 0; code < 128; ++code) {
    const char32_t character = single != nullptr ? (*single)[code] : relay::gsm7::decode_extension(code);
    if (character != 0) add(character, {2, code});
  }
  // Of a character that has several codes the shortest comes first.
  std::ranges::sort(codes_, {},
                    [](const auto& entry) { return std::tuple(entry.first, entry.second.count, entry.second.code); });
}

void SeptetCoder::add(char32_t character, Septets septets) { codes_.emplace_back(character, septets); }

Septets SeptetCoder::encode(char32_t character) const {
  if (!national_) return relay::gsm7::encode(character);
  const auto found = std::ranges::lower_bound(codes_, character, {}, [](const auto& entry) { return entry.first; });
  return found != codes_.end() && found->first == character ? found->second : Septets{};
}

std::vector<std::uint8_t> SeptetCoder::encode(std::u32string_view text) const {
  std::vector<std::uint8_t> septets;
  septets.reserve(text.size());
  for (const char32_t character : text) {
    const Septets code = encode(character);
    if (code.count == 2) septets.push_back(relay::gsm7::escape);
    if (code.count != 0) septets.push_back(code.code);
  }
  return septets;
}

}  // namespace tpdu
