#include "relay/http/tls_context.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <mbedtls/error.h>
#include <mbedtls/md.h>
#include <mbedtls/version.h>
#if MBEDTLS_VERSION_MAJOR >= 3
#include <psa/crypto.h>
#endif

namespace relay::http {
namespace {

constexpr std::uint32_t ticket_lifetime_s = 3600;

// Forward secrecy and authenticated encryption only. Zero ends the list.
constexpr std::array cipher_suites{
#if MBEDTLS_VERSION_MAJOR >= 3
    MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
    MBEDTLS_TLS1_3_AES_256_GCM_SHA384,
    MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256,
#endif
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    0};

int parse_key(mbedtls_pk_context& key, const std::string& file, [[maybe_unused]] mbedtls_ctr_drbg_context& random) {
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_pk_parse_keyfile(&key, file.c_str(), nullptr, mbedtls_ctr_drbg_random, &random);
#else
  return mbedtls_pk_parse_keyfile(&key, file.c_str(), nullptr);
#endif
}

int check_pair(const mbedtls_x509_crt& certificate, const mbedtls_pk_context& key,
               [[maybe_unused]] mbedtls_ctr_drbg_context& random) {
#if MBEDTLS_VERSION_MAJOR >= 3
  return mbedtls_pk_check_pair(&certificate.pk, &key, mbedtls_ctr_drbg_random, &random);
#else
  return mbedtls_pk_check_pair(&certificate.pk, &key);
#endif
}

void require_tls_1_2(mbedtls_ssl_config& config) {
#if MBEDTLS_VERSION_MAJOR >= 3
  mbedtls_ssl_conf_min_tls_version(&config, MBEDTLS_SSL_VERSION_TLS1_2);
#else
  mbedtls_ssl_conf_min_version(&config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
}

std::unexpected<Error> bad_file(const std::string& what, int code) {
  return fail(ErrorCode::invalid_argument, tls_message(what, code));
}

}  // namespace

std::string tls_message(const std::string& what, int code) {
  std::array<char, 160> reason{};
  mbedtls_strerror(code, reason.data(), reason.size());
  return what + " (" + reason.data() + ").";
}

TlsContext::TlsContext() {
  mbedtls_ssl_config_init(&config_);
  mbedtls_entropy_init(&entropy_);
  mbedtls_ctr_drbg_init(&random_);
  mbedtls_x509_crt_init(&certificate_);
  mbedtls_x509_crt_init(&clients_);
  mbedtls_pk_init(&key_);
  mbedtls_ssl_ticket_init(&tickets_);
}

TlsContext::~TlsContext() {
  mbedtls_ssl_config_free(&config_);
  mbedtls_ssl_ticket_free(&tickets_);
  mbedtls_pk_free(&key_);
  mbedtls_x509_crt_free(&clients_);
  mbedtls_x509_crt_free(&certificate_);
  mbedtls_ctr_drbg_free(&random_);
  mbedtls_entropy_free(&entropy_);
}

Result<std::shared_ptr<TlsContext>> TlsContext::server(const TlsIdentity& identity) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  auto made = context->set_up(MBEDTLS_SSL_IS_SERVER);
  if (made) made = context->load_identity(identity);
  if (made) {
    made = identity.client_authorities.empty() ? context->offer_tickets()
                                               : context->require_clients(identity.client_authorities);
  }
  if (!made) return std::unexpected(std::move(made).error());
  return context;
}

Result<std::shared_ptr<TlsContext>> TlsContext::client(const std::string& ca_file) {
  std::shared_ptr<TlsContext> context(new TlsContext);
  auto made = context->set_up(MBEDTLS_SSL_IS_CLIENT);
  if (made) made = context->load_trust(ca_file);
  if (!made) return std::unexpected(std::move(made).error());
  return context;
}

Result<void> TlsContext::set_up(int endpoint) {
#if MBEDTLS_VERSION_MAJOR >= 3
  if (psa_crypto_init() != PSA_SUCCESS) return fail(ErrorCode::internal, "The cryptographic library did not start.");
#endif
  int code = mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0);
  if (code == 0) {
    code = mbedtls_ssl_config_defaults(&config_, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  }
  if (code != 0) return fail(ErrorCode::internal, tls_message("TLS cannot be set up", code));
  mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
  mbedtls_ssl_conf_ciphersuites(&config_, cipher_suites.data());
  require_tls_1_2(config_);
  return {};
}

Result<void> TlsContext::load_identity(const TlsIdentity& identity) {
  int code = mbedtls_x509_crt_parse_file(&certificate_, identity.certificate_file.c_str());
  if (code != 0) return bad_file("The certificate file " + identity.certificate_file + " cannot be used", code);
  code = parse_key(key_, identity.key_file, random_);
  if (code != 0) return bad_file("The key file " + identity.key_file + " cannot be used", code);
  code = check_pair(certificate_, key_, random_);
  if (code != 0) return bad_file("The key in " + identity.key_file + " is not the certificate's", code);
  code = mbedtls_ssl_conf_own_cert(&config_, &certificate_, &key_);
  if (code != 0) return bad_file("The certificate file " + identity.certificate_file + " cannot be used", code);
  return {};
}

std::string TlsContext::fingerprint() const {
  std::array<unsigned char, 32> digest{};
  mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), certificate_.raw.p, certificate_.raw.len, digest.data());
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const unsigned byte : digest) {
    if (!text.empty()) text += ':';
    text += digits[byte >> 4U];
    text += digits[byte & 0xFU];
  }
  return text;
}

Result<void> TlsContext::load_trust(const std::string& ca_file) {
  const int code = mbedtls_x509_crt_parse_file(&certificate_, ca_file.c_str());
  if (code != 0) return bad_file("The CA file " + ca_file + " cannot be used", code);
  mbedtls_ssl_conf_ca_chain(&config_, &certificate_, nullptr);
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  return {};
}

Result<void> TlsContext::require_clients(const std::string& authorities) {
  const auto* pem = reinterpret_cast<const unsigned char*>(authorities.c_str());
  const int code = mbedtls_x509_crt_parse(&clients_, pem, authorities.size() + 1);
  if (code != 0) return bad_file("The authority of the clients' certificates cannot be used", code);
  mbedtls_ssl_conf_ca_chain(&config_, &clients_, nullptr);
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  return {};
}

Result<void> TlsContext::offer_tickets() {
  const int code = mbedtls_ssl_ticket_setup(&tickets_, mbedtls_ctr_drbg_random, &random_, MBEDTLS_CIPHER_AES_256_GCM,
                                            ticket_lifetime_s);
  if (code != 0) return fail(ErrorCode::internal, tls_message("TLS session tickets cannot be set up", code));
  mbedtls_ssl_conf_session_tickets_cb(&config_, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &tickets_);
  return {};
}

}  // namespace relay::http
