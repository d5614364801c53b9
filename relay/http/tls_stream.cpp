#include "relay/http/tls_stream.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <mbedtls/version.h>

#include "relay/base/within.hpp"
#include "relay/crypto/encoding.hpp"

namespace relay::http {

TlsStream::TlsStream(Runtime runtime, std::unique_ptr<ByteStream> inner, std::shared_ptr<const TlsContext> context,
                     Millis handshake_timeout)
    : runtime_(std::move(runtime)),
      inner_(std::move(inner)),
      context_(std::move(context)),
      handshake_timeout_(handshake_timeout) {
  mbedtls_ssl_init(&ssl_);
}

TlsStream::~TlsStream() { mbedtls_ssl_free(&ssl_); }

Result<std::unique_ptr<ByteStream>> TlsStream::make(Runtime runtime, std::unique_ptr<ByteStream> inner,
                                                    std::shared_ptr<const TlsContext> context, const std::string& host,
                                                    Millis handshake_timeout) {
  std::unique_ptr<TlsStream> stream(
      new TlsStream(std::move(runtime), std::move(inner), std::move(context), handshake_timeout));
  int code = mbedtls_ssl_setup(&stream->ssl_, &stream->context_->config());
  if (code == 0 && !host.empty()) code = mbedtls_ssl_set_hostname(&stream->ssl_, host.c_str());
  if (code != 0) return fail(ErrorCode::full, tls_message("A TLS connection cannot be set up", code));
  mbedtls_ssl_set_bio(&stream->ssl_, stream.get(), &TlsStream::send, &TlsStream::receive, nullptr);
  return stream;
}

std::string TlsStream::peer_certificate() const {
  const mbedtls_x509_crt* certificate = ready_ ? mbedtls_ssl_get_peer_cert(&ssl_) : nullptr;
  if (certificate == nullptr) return {};
  return crypto::hex(crypto::sha256(std::as_bytes(std::span{certificate->raw.p, certificate->raw.len})));
}

int TlsStream::send(void* self, const unsigned char* bytes, std::size_t size) {
  static_cast<TlsStream*>(self)->outgoing_.append(reinterpret_cast<const char*>(bytes), size);
  return static_cast<int>(size);
}

int TlsStream::receive(void* self, unsigned char* buffer, std::size_t size) {
  auto& stream = *static_cast<TlsStream*>(self);
  const std::size_t held = stream.incoming_end_ - stream.incoming_begin_;
  if (held == 0) return stream.inner_ended_ ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
  const std::size_t given = std::min(size, held);
  std::memcpy(buffer, stream.incoming_.data() + stream.incoming_begin_, given);
  stream.incoming_begin_ += given;
  return static_cast<int>(given);
}

Task<Result<std::size_t>> TlsStream::read_some(std::span<char> buffer) {
  if (!ready_) {
    auto shaken = co_await shake_hands();
    if (!shaken) co_return shaken;
  }
  auto got = co_await drive(Operation::read, buffer.data(), buffer.size());
  co_return got;
}

Task<Result<std::size_t>> TlsStream::write(std::string_view bytes) {
  if (!ready_) {
    auto shaken = co_await shake_hands();
    if (!shaken) co_return shaken;
  }
  std::size_t written = 0;
  while (written < bytes.size()) {
    // The library does not change what it sends; its interface and drive() share one pointer type with reading.
    auto part = co_await drive(Operation::write, const_cast<char*>(bytes.data()) + written, bytes.size() - written);
    if (!part) co_return part;
    written += *part;
  }
  co_return written;
}

Task<Result<std::size_t>> TlsStream::shake_hands() {
  const SteadyTime deadline = runtime_.clock.steady() + handshake_timeout_;
  auto shaken = co_await within(runtime_, deadline, drive(Operation::handshake, nullptr, 0));
  if (!shaken) co_return fail(ErrorCode::timeout, "The TLS handshake was not finished in time.");
  ready_ = shaken->has_value();
  co_return std::move(*shaken);
}

int TlsStream::attempt(Operation operation, char* data, std::size_t size) {
  auto* bytes = reinterpret_cast<unsigned char*>(data);
  switch (operation) {
    case Operation::handshake:
      return mbedtls_ssl_handshake(&ssl_);
    case Operation::read:
      return mbedtls_ssl_read(&ssl_, bytes, size);
    case Operation::write:
      return mbedtls_ssl_write(&ssl_, bytes, size);
  }
  return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

Task<Result<std::size_t>> TlsStream::drive(Operation operation, char* data, std::size_t size) {
  while (true) {
    const int code = attempt(operation, data, size);
    auto flushed = co_await flush();  // Also the alert that goes with a failure.
    if (code == MBEDTLS_ERR_SSL_WANT_READ) {
      if (!flushed) co_return flushed;
      auto filled = co_await fill();
      if (!filled) co_return filled;
      continue;
    }
    if (code == MBEDTLS_ERR_SSL_WANT_WRITE) continue;
#if MBEDTLS_VERSION_MAJOR >= 3
    if (code == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) continue;
#endif
    const bool ended = code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || code == MBEDTLS_ERR_SSL_CONN_EOF;
    if (ended && operation == Operation::read) co_return 0;
    if (code < 0) co_return std::unexpected(error_of(operation, code));
    if (!flushed) co_return flushed;
    co_return static_cast<std::size_t>(code);
  }
}

Task<Result<std::size_t>> TlsStream::flush() {
  if (outgoing_.empty()) co_return 0;
  const std::string bytes = std::exchange(outgoing_, {});
  auto written = co_await inner_->write(bytes);
  co_return written;
}

Task<Result<std::size_t>> TlsStream::fill() {
  auto got = co_await inner_->read_some(incoming_);
  if (got) {
    incoming_begin_ = 0;
    incoming_end_ = *got;
    inner_ended_ = *got == 0;
  }
  co_return got;
}

Error TlsStream::error_of(Operation operation, int code) const {
  const char* what = operation == Operation::handshake ? "The TLS handshake failed" : "The TLS connection failed";
  return {ErrorCode::io, tls_message(what, code)};
}

}  // namespace relay::http
