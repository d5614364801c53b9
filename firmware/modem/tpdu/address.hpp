#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

namespace tpdu {

/// Type of number, bits 6-4 of the type-of-address octet (3GPP TS 23.040 clause 9.1.2.5).
enum class NumberType : std::uint8_t {
  unknown = 0,
  international = 1,
  national = 2,
  network = 3,
  subscriber = 4,
  alphanumeric = 5,
  abbreviated = 6,
};

/// "international", "national", ... as the enumerators are spelled.
[[nodiscard]] std::string_view name_of(NumberType type);

/// An originating, destination, recipient or service-centre address.
struct Address {
  NumberType type = NumberType::unknown;
  std::uint8_t type_of_address =
      0x81;  ///< The octet as received; a reserved type of number reads as `unknown` (9.1.2.5).
  /// Digits with a leading plus when international, `* # a b c` for semi-octets A-E; or the UTF-8 text of an
  /// alphanumeric one.
  std::string number;

  bool operator==(const Address&) const = default;
};

/// At most 20 digits: ten octets of address value (9.1.2.5).
inline constexpr int max_address_digits = 20;

/// Reads the address value: `digits` semi-octets from `octets`, which holds (digits + 1) / 2 octets. 0xF ends a number
/// early.
[[nodiscard]] Address decode_address(std::uint8_t type_of_address, int digits, std::span<const std::uint8_t> octets);

/// An address as it stands in a TPDU (its length counts digits) or before one (the length counts octets).
/// "+digits" goes out as 0x91, digits, `*` and `#` as 0x81. Errors: invalid_argument.
[[nodiscard]] relay::Result<std::vector<std::uint8_t>> encode_address(std::string_view number);
[[nodiscard]] relay::Result<std::vector<std::uint8_t>> encode_smsc(
    std::string_view number);  ///< Empty number: the one octet 0.

}  // namespace tpdu
