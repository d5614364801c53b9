#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "firmware/modem/tpdu/coding.hpp"
#include "relay/base/result.hpp"

namespace tpdu {

/// Information elements 0x00 and 0x08 (3GPP TS 23.040 clauses 9.2.3.24.1 and .8).
struct Concatenation {
  int ref = 0;
  int ref_bits = 8;  ///< 8 or 16
  int total = 1;     ///< 1..255
  int seq = 1;       ///< 1..total
  bool operator==(const Concatenation&) const = default;
};

/// Information elements 0x04 and 0x05 (clauses 9.2.3.24.3 and .4). A message with ports is for a program, not a person.
struct Ports {
  int destination = 0;
  int source = 0;
  int bits = 8;  ///< 8 or 16
  bool operator==(const Ports&) const = default;
};

/// The elements of the user data header that the relay understands; others are skipped. Of elements that repeat or
/// exclude each other the last counts; a header whose last element does not end with it is ignored as a whole
/// (clause 9.2.3.24).
struct UserDataHeader {
  std::optional<Concatenation> concatenation;
  std::optional<Ports> ports;
  int single_shift = 0;  ///< National language identifier of 23.038 clause 6.2.1.2.4; 0: default
  int locking_shift = 0;
  bool operator==(const UserDataHeader&) const = default;
};

struct UserData {
  DataCoding coding;
  std::vector<std::uint8_t> header_octets;  ///< As received, without the length octet; empty when there is none.
  UserDataHeader header;
  /// gsm7 and ucs2, uncompressed. A surrogate whose other half is not in this part stays as it is: join parts by
  /// `join_parts`, which pairs halves, and only then encode_utf8, which turns lone ones into U+FFFD.
  std::optional<std::u32string> text;
  std::vector<std::uint8_t> data;  ///< 8-bit or compressed user data after the header; empty when there is a text.
  bool truncated = false;          ///< Tolerant reading only: TP-UDL promised more than was there.
};

/// UTF-16, big-endian; halves of pairs that do not meet stay as they are. An odd last octet is no character.
[[nodiscard]] std::u32string decode_ucs2(std::span<const std::uint8_t> octets);

/// `length` is TP-UDL: septets for uncompressed gsm7, else octets. `octets` is all that follows it; what is over is
/// ignored. Errors: invalid_argument when there is less than `length` says (unless `tolerant`) or the header is longer
/// than the user data.
[[nodiscard]] relay::Result<UserData> decode_user_data(const DataCoding& coding, bool has_header, int length,
                                                       std::span<const std::uint8_t> octets, bool tolerant);

}  // namespace tpdu
