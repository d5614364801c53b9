#include "relay/crypto/seal.hpp"

#include <cstdlib>
#include <cstring>

#include <mbedtls/gcm.h>

namespace relay::crypto {
namespace {

constexpr std::size_t tag_size = 16;
constexpr unsigned key_bits = 256;

class Gcm {
 public:
  explicit Gcm(const SealKey& key) {
    mbedtls_gcm_init(&context_);
    // Fails only when the library was built without the cipher: then nothing that keeps secrets may run.
    if (mbedtls_gcm_setkey(&context_, MBEDTLS_CIPHER_ID_AES, ByteView(key).data(), key_bits) != 0) std::abort();
  }
  ~Gcm() { mbedtls_gcm_free(&context_); }
  Gcm(const Gcm&) = delete;
  Gcm& operator=(const Gcm&) = delete;
  [[nodiscard]] mbedtls_gcm_context* get() { return &context_; }

 private:
  mbedtls_gcm_context context_;
};

unsigned char* raw(std::string& bytes, std::size_t offset) {
  return reinterpret_cast<unsigned char*>(bytes.data()) + offset;
}

}  // namespace

std::string seal(const SealKey& key, ByteView plain, ByteView context, const SealNonce& nonce) {
  Gcm gcm(key);
  std::string out(nonce.size() + plain.size() + tag_size, '\0');
  std::memcpy(out.data(), nonce.data(), nonce.size());
  const int status = mbedtls_gcm_crypt_and_tag(gcm.get(), MBEDTLS_GCM_ENCRYPT, plain.size(), ByteView(nonce).data(),
                                               nonce.size(), context.data(), context.size(), plain.data(),
                                               raw(out, nonce.size()), tag_size, raw(out, nonce.size() + plain.size()));
  if (status != 0) std::abort();
  return out;
}

std::optional<std::string> open_sealed(const SealKey& key, ByteView sealed, ByteView context) {
  constexpr std::size_t overhead = std::tuple_size_v<SealNonce> + tag_size;
  if (sealed.size() < overhead) return std::nullopt;
  const std::size_t size = sealed.size() - overhead;
  const unsigned char* nonce = sealed.data();
  const unsigned char* body = nonce + std::tuple_size_v<SealNonce>;
  Gcm gcm(key);
  std::string out(size, '\0');
  const int status = mbedtls_gcm_auth_decrypt(gcm.get(), size, nonce, std::tuple_size_v<SealNonce>, context.data(),
                                              context.size(), body + size, tag_size, body, raw(out, 0));
  if (status != 0) return std::nullopt;
  return out;
}

}  // namespace relay::crypto
