#pragma once

#include <memory>
#include <string>

#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/pk.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>

#include "relay/base/result.hpp"
#include "relay/http/tls.hpp"

namespace relay::http {

/// What connections of one side share: configuration, keys, random generator. Lives as long as the last connection that
/// uses it.
class TlsContext {
 public:
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> server(const TlsIdentity& identity);
  [[nodiscard]] static Result<std::shared_ptr<TlsContext>> client(const std::string& ca_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] const mbedtls_ssl_config& config() const { return config_; }
  /// SHA-256 of our own certificate's DER: "AB:CD:...".
  [[nodiscard]] std::string fingerprint() const;

 private:
  TlsContext();
  [[nodiscard]] Result<void> set_up(int endpoint);
  [[nodiscard]] Result<void> load_identity(const TlsIdentity& identity);
  [[nodiscard]] Result<void> load_trust(const std::string& ca_file);
  [[nodiscard]] Result<void> require_clients(const std::string& authorities);
  [[nodiscard]] Result<void> offer_tickets();

  mbedtls_ssl_config config_;
  mbedtls_entropy_context entropy_;
  mbedtls_ctr_drbg_context random_;
  mbedtls_x509_crt certificate_;  ///< The server's chain, or the client's trusted roots.
  mbedtls_x509_crt clients_;      ///< The authorities of clients' certificates.
  mbedtls_pk_context key_;
  mbedtls_ssl_ticket_context tickets_;
};

/// "what (reason by the library)."
[[nodiscard]] std::string tls_message(const std::string& what, int code);

}  // namespace relay::http
