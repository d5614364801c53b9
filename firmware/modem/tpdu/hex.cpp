#include "firmware/modem/tpdu/hex.hpp"

namespace tpdu {
namespace {

int digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

relay::Result<std::vector<std::uint8_t>> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       "an odd number of hex digits (" + std::to_string(hex.size()) + "); two make an octet");
  }
  std::vector<std::uint8_t> octets;
  octets.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = digit_value(hex[i]);
    const int low = digit_value(hex[i + 1]);
    if (high < 0 || low < 0) {
      return relay::fail(relay::ErrorCode::invalid_argument,
                         "not a hex digit at position " + std::to_string(high < 0 ? i + 1 : i + 2));
    }
    octets.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return octets;
}

std::string to_hex(std::span<const std::uint8_t> octets, HexCase letters) {
  const std::string_view digits = letters == HexCase::upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string hex;
  hex.reserve(octets.size() * 2);
  for (const std::uint8_t octet : octets) {
    hex.push_back(digits[octet >> 4U]);
    hex.push_back(digits[octet & 0x0FU]);
  }
  return hex;
}

}  // namespace tpdu
