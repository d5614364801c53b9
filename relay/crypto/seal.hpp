#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "relay/crypto/digest.hpp"

/// Authenticated encryption of records at rest: AES-256-GCM (NIST SP 800-38D).
namespace relay::crypto {

using SealKey = std::array<std::byte, 32>;
/// Never the same twice under one key: 96 bits from the system's randomness, for far fewer than 2^32 records a key.
using SealNonce = std::array<std::byte, 12>;

/// nonce + ciphertext + tag. `context` is not kept: what opens it must name the same (tenant, record, field, version),
/// so that a sealed value cannot be moved to another place.
[[nodiscard]] std::string seal(const SealKey& key, ByteView plain, ByteView context, const SealNonce& nonce);

/// Nothing when a bit of it, the key or the context is not as it was.
[[nodiscard]] std::optional<std::string> open_sealed(const SealKey& key, ByteView sealed, ByteView context);

}  // namespace relay::crypto
