#pragma once

#include <array>
#include <memory>
#include <string>

#include "relay/base/task.hpp"
#include "relay/http/tls_context.hpp"

namespace relay::http {

/// TLS over another stream. The library reads and writes memory; this class moves that memory over the inner stream.
class TlsStream final : public ByteStream {
 public:
  /// `host` is checked against the server's certificate; empty on the server's side.
  [[nodiscard]] static Result<std::unique_ptr<ByteStream>> make(Runtime runtime, std::unique_ptr<ByteStream> inner,
                                                                std::shared_ptr<const TlsContext> context,
                                                                const std::string& host, Millis handshake_timeout);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  [[nodiscard]] Task<Result<std::size_t>> read_some(std::span<char> buffer) override;
  [[nodiscard]] Task<Result<std::size_t>> write(std::string_view bytes) override;
  void close() override { inner_->close(); }
  [[nodiscard]] std::string peer() const override { return inner_->peer(); }
  [[nodiscard]] std::string peer_certificate() const override;

 private:
  enum class Operation : std::uint8_t { handshake, read, write };

  TlsStream(Runtime runtime, std::unique_ptr<ByteStream> inner, std::shared_ptr<const TlsContext> context,
            Millis handshake_timeout);

  static int send(void* self, const unsigned char* bytes, std::size_t size);
  static int receive(void* self, unsigned char* buffer, std::size_t size);

  /// The library's result of the operation (bytes, 0 for the end of the stream), once it needs nothing more of the
  /// inner stream.
  [[nodiscard]] Task<Result<std::size_t>> drive(Operation operation, char* data, std::size_t size);
  [[nodiscard]] int attempt(Operation operation, char* data, std::size_t size);
  [[nodiscard]] Task<Result<std::size_t>> shake_hands();
  [[nodiscard]] Task<Result<std::size_t>> flush();
  [[nodiscard]] Task<Result<std::size_t>> fill();
  [[nodiscard]] Error error_of(Operation operation, int code) const;

  Runtime runtime_;
  std::unique_ptr<ByteStream> inner_;
  std::shared_ptr<const TlsContext> context_;
  Millis handshake_timeout_;
  mbedtls_ssl_context ssl_;
  bool ready_ = false;        ///< The handshake is done.
  bool inner_ended_ = false;  ///< The inner stream will bring no more bytes.
  std::string outgoing_;      ///< Records not yet given to the inner stream: at most what one operation makes.
  std::size_t incoming_begin_ = 0;
  std::size_t incoming_end_ = 0;
  std::array<char, 2048> incoming_;  ///< Received, not yet taken by the library.
};

}  // namespace relay::http
