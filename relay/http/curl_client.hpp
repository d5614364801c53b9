#pragma once

#include <cstdint>
#include <memory>

#include "relay/base/runtime.hpp"
#include "relay/http/client.hpp"

namespace relay::http {

/// The process's one outgoing HTTP machine: libcurl's multi interface on the loop. Connections of all clients are kept
/// alive and reused here; a connection is only reused for the same host, trust and route. libcurl and OpenSSL are
/// initialised by the first exchange, not before (docs/decisions/0006-outgoing-http.md). Ignores SIGPIPE for the
/// process: OpenSSL writes to sockets that the peer may have closed.
class CurlPool {
 public:
  explicit CurlPool(Runtime runtime);  ///< The executor must be an io_context's: this pool waits for real sockets.
  ~CurlPool();  ///< Exchanges still running are dropped; their coroutines are destroyed, not resumed.
  CurlPool(const CurlPool&) = delete;
  CurlPool& operator=(const CurlPool&) = delete;

  struct Figures {
    std::uint64_t exchanges = 0;
    std::uint64_t sockets_opened = 0;  ///< Fewer than exchanges, as connections are kept.
    std::size_t running = 0;
  };
  [[nodiscard]] Figures figures() const;

  class Impl;
  [[nodiscard]] Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// A client of the pool. It and the pool must outlive its exchanges. Several exchanges may run at a time.
/// A request is given to the network at most once: if the connection dies after the first byte of it left, the exchange
/// fails with request_byte_left, and is never repeated on another connection. Redirects are not followed, proxies of
/// the environment not used.
[[nodiscard]] std::unique_ptr<Client> make_client(CurlPool& pool, ClientOptions options);

}  // namespace relay::http
