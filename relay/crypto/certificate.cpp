#include "relay/crypto/certificate.hpp"

#include <chrono>

#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/oid.h>
#include <mbedtls/x509_crt.h>

#include "relay/base/concat.hpp"
#include "relay/crypto/encoding.hpp"

namespace relay::crypto {
namespace {

WallTime time_of(const mbedtls_x509_time& t) {
  const std::chrono::year_month_day date{std::chrono::year{t.year}, std::chrono::month{static_cast<unsigned>(t.mon)},
                                         std::chrono::day{static_cast<unsigned>(t.day)}};
  const auto since = std::chrono::sys_days{date}.time_since_epoch() + std::chrono::hours{t.hour} +
                     std::chrono::minutes{t.min} + std::chrono::seconds{t.sec};
  return WallTime{std::chrono::duration_cast<Millis>(since)};
}

bool same_oid(const mbedtls_x509_buf& oid, std::string_view wanted) {
  return std::string_view{reinterpret_cast<const char*>(oid.p), oid.len} == wanted;
}

}  // namespace

struct Certificate::Chain {
  Chain() { mbedtls_x509_crt_init(&first); }
  ~Chain() { mbedtls_x509_crt_free(&first); }
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;
  mbedtls_x509_crt first;
};

Result<Certificate> Certificate::parse(std::string_view pem) {
  auto chain = std::make_shared<Chain>();
  const std::string text{pem};  // the library wants the terminating zero counted
  const int code =
      mbedtls_x509_crt_parse(&chain->first, reinterpret_cast<const unsigned char*>(text.c_str()), text.size() + 1);
  if (code != 0) return fail(ErrorCode::invalid_argument, "this is no PEM certificate that can be read");
  return Certificate(std::move(chain));
}

std::string Certificate::common_name() const {
  for (const mbedtls_x509_name* name = &chain_->first.subject; name != nullptr; name = name->next) {
    if (same_oid(name->oid, {MBEDTLS_OID_AT_CN, sizeof MBEDTLS_OID_AT_CN - 1}))
      return {reinterpret_cast<const char*>(name->val.p), name->val.len};
  }
  return {};
}

std::string Certificate::fingerprint() const {
  const auto& der = chain_->first.raw;
  return hex(sha256(std::as_bytes(std::span{der.p, der.len})));
}

WallTime Certificate::not_before() const { return time_of(chain_->first.valid_from); }
WallTime Certificate::not_after() const { return time_of(chain_->first.valid_to); }

bool Certificate::valid_at(WallTime now) const {
  for (const mbedtls_x509_crt* c = &chain_->first; c != nullptr; c = c->next) {
    if (now < time_of(c->valid_from) || now > time_of(c->valid_to)) return false;
  }
  return true;
}

bool Certificate::verifies(Hash hash, ByteView message, ByteView signature) const {
  const auto type = hash == Hash::sha1 ? MBEDTLS_MD_SHA1 : MBEDTLS_MD_SHA256;
  std::array<unsigned char, 32> digest{};
  const auto* info = mbedtls_md_info_from_type(type);
  if (info == nullptr || mbedtls_md(info, message.data(), message.size(), digest.data()) != 0) return false;
  return mbedtls_pk_verify(&chain_->first.pk, type, digest.data(), mbedtls_md_get_size(info), signature.data(),
                           signature.size()) == 0;
}

Result<void> Certificate::leads_to(const Certificate& roots) const {
  std::uint32_t flags = 0;
  const int code =
      mbedtls_x509_crt_verify(&chain_->first, &roots.chain_->first, nullptr, nullptr, &flags, nullptr, nullptr);
  constexpr std::uint32_t dates = MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE;
  if (code == 0 || (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED && (flags & ~dates) == 0)) return {};
  return fail(ErrorCode::invalid_argument, "the certificate does not lead to a trusted authority");
}

}  // namespace relay::crypto
