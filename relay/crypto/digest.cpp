#include "relay/crypto/digest.hpp"

#include <cstdlib>

#include <mbedtls/md.h>

namespace relay::crypto {
namespace {

unsigned char* raw(std::span<std::byte> bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

/// Fails only when the library was built without the algorithm: then nothing that authenticates may run.
void require(int status) {
  if (status != 0) std::abort();
}

void hmac(mbedtls_md_type_t type, ByteView key, ByteView message, std::span<std::byte> out) {
  require(mbedtls_md_hmac(mbedtls_md_info_from_type(type), key.data(), key.size(), message.data(), message.size(),
                          raw(out)));
}

}  // namespace

Sha256Digest sha256(ByteView message) {
  Sha256Digest digest{};
  require(mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), message.data(), message.size(), raw(digest)));
  return digest;
}

Sha256Digest hmac_sha256(ByteView key, ByteView message) {
  Sha256Digest digest{};
  hmac(MBEDTLS_MD_SHA256, key, message, digest);
  return digest;
}

Sha1Digest hmac_sha1(ByteView key, ByteView message) {
  Sha1Digest digest{};
  hmac(MBEDTLS_MD_SHA1, key, message, digest);
  return digest;
}

bool constant_time_equal(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  // volatile: the compiler may not end the loop early or turn it into memcmp.
  volatile unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference = static_cast<unsigned char>(difference | (a.data()[i] ^ b.data()[i]));
  return difference == 0;
}

}  // namespace relay::crypto
