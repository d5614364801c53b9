#pragma once

#include <memory>
#include <string>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/http/byte_stream.hpp"

namespace relay::http {

/// PEM files. The certificate file holds the chain, our own certificate first.
struct TlsIdentity {
  std::string certificate_file;
  std::string key_file;
  /// PEM text. Not empty: only clients with a certificate of one of these authorities get through the handshake, and no
  /// session is resumed, so that each connection proves it anew.
  std::string client_authorities{};
};

/// TLS 1.2 and later over another listener's streams (Mbed TLS). ECDHE with AES-GCM or ChaCha20 only (security.md 5);
/// session tickets under keys that rotate hourly. A TLS connection costs some 45 KiB, so bound their number
/// (ServerLimits). The handshake is done by a stream's first read or write; that operation must end before another
/// begins.
class TlsListener final : public Listener {
 public:
  /// Errors: invalid_argument when a file is missing, unreadable, or key and certificate do not belong together.
  [[nodiscard]] static Result<std::unique_ptr<TlsListener>> make(Runtime runtime, std::unique_ptr<Listener> inner,
                                                                 TlsIdentity identity,
                                                                 Millis handshake_timeout = Millis{10'000});
  ~TlsListener() override;

  /// Reads the files again: for a renewed certificate. Connections that exist keep theirs; on failure new ones do too.
  [[nodiscard]] Result<void> reload();
  /// SHA-256 of the certificate in use, as "AB:CD:...": what people compare before they trust it.
  [[nodiscard]] std::string fingerprint() const;

  [[nodiscard]] Task<Result<std::unique_ptr<ByteStream>>> accept() override;
  void close() override;
  [[nodiscard]] std::string address() const override;

 private:
  struct Impl;
  explicit TlsListener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The client's side over a connected stream; `ca_file` and `host` are always checked. The handshake is the first read
/// or write.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> tls_client(Runtime runtime, std::unique_ptr<ByteStream> inner,
                                                             const std::string& ca_file, const std::string& host,
                                                             Millis handshake_timeout = Millis{10'000});

}  // namespace relay::http
