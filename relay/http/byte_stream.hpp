#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace relay::http {

/// A connected byte stream: TCP, a Unix socket, TLS over either, or the simulator's pipe. One reader and one writer at
/// a time.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  /// At least one byte, or 0 at the end of the stream. Cancellable.
  [[nodiscard]] virtual Task<Result<std::size_t>> read_some(std::span<char> buffer) = 0;
  /// All bytes or an error.
  [[nodiscard]] virtual Task<Result<std::size_t>> write(std::string_view bytes) = 0;
  /// Both directions; waiting operations end with ErrorCode::cancelled. Idempotent.
  virtual void close() = 0;
  /// For limits and the log: "192.0.2.7", or "unix:uid=0" for a Unix socket.
  [[nodiscard]] virtual std::string peer() const = 0;
  /// SHA-256 (lower-case hexadecimal) of the certificate by which the peer has proven who it is; empty: it has not.
  /// Once a byte was read.
  [[nodiscard]] virtual std::string peer_certificate() const { return {}; }
};

/// The acceptor seam.
class Listener {
 public:
  virtual ~Listener() = default;
  /// The next connection (for TLS: before its handshake, which is done by the first read or write). Errors: cancelled
  /// after close().
  [[nodiscard]] virtual Task<Result<std::unique_ptr<ByteStream>>> accept() = 0;
  virtual void close() = 0;
  [[nodiscard]] virtual std::string address() const = 0;  ///< "127.0.0.1:8080" with the real port.
};

}  // namespace relay::http
