#include "relay/crypto/token.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace relay::crypto {
namespace {

constexpr std::size_t token_bytes = 32;

}  // namespace

std::string random_token(Random& random) {
  constexpr std::string_view alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<std::byte, token_bytes> bytes{};
  random.fill(bytes);
  std::string text;
  unsigned bits = 0;
  unsigned held = 0;
  for (const std::byte b : bytes) {
    held = (held << 8U) | std::to_integer<unsigned>(b);
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet[(held >> bits) & 31U];
    }
  }
  text += alphabet[(held << (5 - bits)) & 31U];
  return text;
}

}  // namespace relay::crypto
