#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "relay/base/random.hpp"
#include "relay/base/result.hpp"
#include "relay/crypto/seal.hpp"

namespace bridge::tenants {

/// Secrets at rest: each tenant has a data key of its own, wrapped by the master key; each record is sealed under its
/// tenant's key and bound to its place (docs/decisions/0042-sealed-credentials.md).
class Vault {
 public:
  /// 32 bytes in hexadecimal or base64. `previous` (may be empty) still opens what it wrapped: rotation.
  [[nodiscard]] static relay::Result<Vault> make(std::string_view master, std::string_view previous);

  /// A new data key, wrapped.
  [[nodiscard]] std::string new_key(const std::string& tenant, relay::Random& random) const;
  struct Unwrapped {
    relay::crypto::SealKey key{};
    bool by_previous = false;  ///< The previous master key opened it: it should be wrapped anew.
  };
  /// Nothing: no key that we have opens it.
  [[nodiscard]] std::optional<Unwrapped> unwrap(const std::string& tenant, const std::string& wrapped) const;
  [[nodiscard]] std::string wrap(const std::string& tenant, const relay::crypto::SealKey& key,
                                 relay::Random& random) const;

 private:
  relay::crypto::SealKey master_{};
  std::optional<relay::crypto::SealKey> previous_;
};

/// What a sealed value is bound to: a value that is moved to another tenant, record or key version does not open.
struct Place {
  std::string tenant;
  std::string record;  ///< "twilio/AC..."
  int key_version = 1;
};
[[nodiscard]] std::string seal(const relay::crypto::SealKey& key, const Place& place, std::string_view secret,
                               relay::Random& random);
[[nodiscard]] std::optional<std::string> open(const relay::crypto::SealKey& key, const Place& place,
                                              const std::string& sealed);

}  // namespace bridge::tenants
