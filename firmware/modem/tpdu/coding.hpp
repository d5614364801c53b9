#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tpdu {

enum class Alphabet : std::uint8_t { gsm7, octets, ucs2 };

/// What TP-DCS says (3GPP TS 23.038 clause 4). Reserved groups and alphabets read as the default alphabet, as clause 4
/// asks.
struct DataCoding {
  Alphabet alphabet = Alphabet::gsm7;
  bool compressed = false;
  std::optional<int> message_class;  ///< 0 (flash) .. 3

  bool operator==(const DataCoding&) const = default;
};

[[nodiscard]] DataCoding decode_coding(std::uint8_t dcs);
/// Uncompressed, general data coding group: what every network carries.
[[nodiscard]] std::uint8_t encode_coding(Alphabet alphabet, std::optional<int> message_class);
/// "gsm7", "8bit", "ucs2", with "-compressed".
[[nodiscard]] std::string name_of(const DataCoding& coding);

}  // namespace tpdu
