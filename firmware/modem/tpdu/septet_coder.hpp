#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/message/gsm7.hpp"

namespace tpdu {

/// The tables that 7 bit text is written with, by national language identifier; 0 is the default.
struct ShiftTables {
  int locking = 0;
  int single = 0;
  bool operator==(const ShiftTables&) const = default;
};

/// Characters to septets by a pair of tables: decode_septets() the other way round.
class SeptetCoder {
 public:
  explicit SeptetCoder(ShiftTables tables);

  /// Count 0: the tables lack the character.
  [[nodiscard]] relay::gsm7::Septets encode(char32_t character) const;
  [[nodiscard]] std::vector<std::uint8_t> encode(std::u32string_view text) const;

 private:
  void add(char32_t character, relay::gsm7::Septets septets);

  bool national_;
  std::vector<std::pair<char32_t, relay::gsm7::Septets>> codes_;  ///< By character; only with national tables.
};

}  // namespace tpdu
