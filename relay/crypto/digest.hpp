#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace relay::crypto {

/// Bytes to read, from whatever holds them: text, a digest, a span. Does not own them.
class ByteView {
 public:
  ByteView(std::string_view text) : bytes_(std::as_bytes(std::span{text.data(), text.size()})) {}
  ByteView(const std::string& text) : ByteView(std::string_view{text}) {}
  ByteView(const char* text) : ByteView(std::string_view{text}) {}
  ByteView(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <std::size_t Size>
  ByteView(const std::array<std::byte, Size>& bytes) : bytes_(bytes) {}

  [[nodiscard]] const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes_.data()); }
  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::byte> span() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

using Sha256Digest = std::array<std::byte, 32>;
using Sha512Digest = std::array<std::byte, 64>;
using Sha1Digest = std::array<std::byte, 20>;

/// FIPS 180-4.
[[nodiscard]] Sha256Digest sha256(ByteView message);
/// RFC 2104 over SHA-256. Any key length.
[[nodiscard]] Sha256Digest hmac_sha256(ByteView key, ByteView message);
/// RFC 2104 over SHA-1, for Twilio's webhook signature (cloud-apis.md 2) and nothing else: SHA-1 alone is broken and
/// not offered.
[[nodiscard]] Sha1Digest hmac_sha1(ByteView key, ByteView message);

/// RFC 8018, 5.2, over HMAC-SHA-512: what a person's password is kept as. 64 bytes. Slow on purpose (210,000 rounds:
/// about 0.1 s on a server's core, about 1 s on a Cortex-A7). `iterations` at least 1.
[[nodiscard]] Sha512Digest pbkdf2_sha512(ByteView password, ByteView salt, unsigned iterations);

/// Compares secrets: the time depends on the lengths only, never on where the first difference is.
[[nodiscard]] bool constant_time_equal(ByteView a, ByteView b);

}  // namespace relay::crypto
