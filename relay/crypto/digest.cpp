#include "relay/crypto/digest.hpp"

#include <cstdint>
#include <cstdlib>

#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>
#include <mbedtls/version.h>

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

Sha512Digest pbkdf2_sha512(ByteView password, ByteView salt, unsigned iterations) {
  Sha512Digest out{};
  const auto size = static_cast<std::uint32_t>(out.size());
#if MBEDTLS_VERSION_NUMBER >= 0x03030000
  require(mbedtls_pkcs5_pbkdf2_hmac_ext(MBEDTLS_MD_SHA512, password.data(), password.size(), salt.data(), salt.size(),
                                        iterations, size, raw(out)));
#else
  mbedtls_md_context_t context;
  mbedtls_md_init(&context);
  require(mbedtls_md_setup(&context, mbedtls_md_info_from_type(MBEDTLS_MD_SHA512), 1));
  require(mbedtls_pkcs5_pbkdf2_hmac(&context, password.data(), password.size(), salt.data(), salt.size(), iterations,
                                    size, raw(out)));
  mbedtls_md_free(&context);
#endif
  return out;
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
