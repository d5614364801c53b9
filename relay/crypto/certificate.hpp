#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "relay/base/random.hpp"
#include "relay/base/result.hpp"
#include "relay/base/time.hpp"
#include "relay/crypto/digest.hpp"

/// X.509 without IO: reading and checking certificates, and making those of the bridge's own authority.
namespace relay::crypto {

/// One certificate with what stands behind it in its PEM text (the chain of a leaf, or a bundle of roots).
class Certificate {
 public:
  enum class Hash : std::uint8_t { sha1, sha256 };

  /// Errors: invalid_argument when there is no certificate in it, or one that cannot be read.
  [[nodiscard]] static Result<Certificate> parse(std::string_view pem);

  [[nodiscard]] std::string common_name() const;  ///< Of the first one's subject; empty when it has none.
  [[nodiscard]] std::string fingerprint() const;  ///< SHA-256 of the first one, lower-case hexadecimal.
  [[nodiscard]] WallTime not_before() const;
  [[nodiscard]] WallTime not_after() const;
  /// Whether every one of them is valid at that time.
  [[nodiscard]] bool valid_at(WallTime now) const;
  /// Whether the first one's key made the signature of the message (RSA PKCS#1 v1.5, or ECDSA in DER).
  [[nodiscard]] bool verifies(Hash hash, ByteView message, ByteView signature) const;
  /// Whether the first one leads, over the others, to one of `roots`. Dates are valid_at()'s business.
  [[nodiscard]] Result<void> leads_to(const Certificate& roots) const;

 private:
  struct Chain;
  explicit Certificate(std::shared_ptr<Chain> chain) : chain_(std::move(chain)) {}
  std::shared_ptr<Chain> chain_;  ///< Never changed after parse().
};

/// What a certificate of ours says.
struct CertificateWish {
  std::string common_name;  ///< Letters, digits, '-', '.', '_' and blanks.
  WallTime not_before{};
  WallTime not_after{};
  std::array<std::byte, 16> serial{};  ///< Random. Its first bit is ignored: serials are positive.
};

/// A P-256 private key as PEM. `random` must be fit for key material.
[[nodiscard]] Result<std::string> make_key(Random& random);
/// A PKCS#10 request for it, as PEM.
[[nodiscard]] Result<std::string> make_request(const std::string& key_pem, const std::string& common_name,
                                               Random& random);
/// The certificate of an authority of our own (it may sign leaves and nothing below them).
[[nodiscard]] Result<std::string> make_authority(const std::string& key_pem, const CertificateWish& wish,
                                                 Random& random);
/// A client's certificate for the key in `request_pem`; what else the request wishes does not count. The request's own
/// signature is not looked at: a certificate is of no use to anybody without its key, as each handshake proves.
[[nodiscard]] Result<std::string> issue(std::string_view request_pem, const CertificateWish& wish,
                                        const std::string& authority_pem, const std::string& authority_key_pem,
                                        Random& random);

}  // namespace relay::crypto
