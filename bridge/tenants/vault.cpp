#include "bridge/tenants/vault.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"
#include "relay/crypto/encoding.hpp"

namespace bridge::tenants {
namespace {

using relay::concat;
using relay::crypto::SealKey;
using relay::crypto::SealNonce;

std::optional<SealKey> key_of(std::string_view bytes) {
  SealKey key{};
  if (bytes.size() != key.size()) return std::nullopt;
  std::ranges::transform(bytes, key.begin(), [](char c) { return static_cast<std::byte>(c); });
  return key;
}

std::optional<SealKey> parse_key(std::string_view text) {
  if (const auto bytes = relay::crypto::from_hex(text)) {
    if (auto key = key_of(*bytes)) return key;
  }
  const auto bytes = relay::crypto::from_base64(text);
  return bytes ? key_of(*bytes) : std::nullopt;
}

SealNonce nonce_of(relay::Random& random) {
  SealNonce nonce{};
  random.fill(nonce);
  return nonce;
}

std::string wrapping_of(const std::string& tenant) { return concat("tenant-key/", tenant); }
std::string context_of(const Place& place) {
  return concat("record/", place.tenant, "/", place.record, "/", place.key_version);
}

}  // namespace

relay::Result<Vault> Vault::make(std::string_view master, std::string_view previous) {
  constexpr std::string_view remedy = " must be 32 random bytes in hexadecimal or base64: openssl rand -hex 32";
  const auto key = parse_key(master);
  if (!key) return relay::fail(relay::ErrorCode::invalid_argument, concat("[sealing] master_key", remedy));
  Vault vault;
  vault.master_ = *key;
  if (previous.empty()) return vault;
  vault.previous_ = parse_key(previous);
  if (!vault.previous_)
    return relay::fail(relay::ErrorCode::invalid_argument, concat("[sealing] previous_master_key", remedy));
  return vault;
}

std::string Vault::new_key(const std::string& tenant, relay::Random& random) const {
  SealKey key{};
  random.fill(key);
  return wrap(tenant, key, random);
}

std::string Vault::wrap(const std::string& tenant, const SealKey& key, relay::Random& random) const {
  return relay::crypto::seal(master_, std::span<const std::byte>(key), wrapping_of(tenant), nonce_of(random));
}

std::optional<Vault::Unwrapped> Vault::unwrap(const std::string& tenant, const std::string& wrapped) const {
  for (const auto* master : {&master_, previous_ ? &*previous_ : nullptr}) {
    if (master == nullptr) continue;
    const auto opened = relay::crypto::open_sealed(*master, wrapped, wrapping_of(tenant));
    if (!opened) continue;
    if (const auto key = key_of(*opened)) return Unwrapped{*key, master != &master_};
  }
  return std::nullopt;
}

std::string seal(const SealKey& key, const Place& place, std::string_view secret, relay::Random& random) {
  return relay::crypto::seal(key, secret, context_of(place), nonce_of(random));
}

std::optional<std::string> open(const SealKey& key, const Place& place, const std::string& sealed) {
  return relay::crypto::open_sealed(key, sealed, context_of(place));
}

}  // namespace bridge::tenants
