#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/task.hpp"
#include "relay/http/byte_stream.hpp"
#include "relay/http/client.hpp"

namespace relay::http {

struct ServerRequest {
  std::string method;  ///< "GET", ...
  std::string path;    ///< Percent-decoded, begins with '/'.
  std::string query;   ///< Raw, without '?'.
  Headers headers;
  std::string body;
  std::string peer;                ///< ByteStream::peer()
  std::string peer_certificate{};  ///< ByteStream::peer_certificate()
};

/// A body that is made while it is being sent, and may have no end (server-sent events).
class BodySource {
 public:
  virtual ~BodySource() = default;
  /// The next piece; empty: the end. Takes as long as it likes: a client that has gone is only noticed by writing to
  /// it.
  [[nodiscard]] virtual Task<std::string> next() = 0;
  /// The server stops: next() returns soon, and the end before long.
  virtual void stop() = 0;
};

struct ServerResponse {
  int status = 200;
  Headers headers;  ///< Content-Length, Date and Connection are the server's business.
  std::string body;
  /// Sent in the place of `body`, chunked (to an HTTP/1.0 client until the connection ends).
  std::shared_ptr<BodySource> source{};
};

/// Every bound of the server. A bound reached is answered (408, 413, 431, 503), never a silent drop.
struct ServerLimits {
  std::size_t max_connections = 256;
  std::size_t max_connections_per_peer = 64;
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 64 * 1024;
  Millis header_timeout{10'000};   ///< From the first byte of a request to the end of its header, in total.
  Millis request_timeout{30'000};  ///< From the first byte of a request to the end of its body, in total.
  Millis idle_timeout{60'000};     ///< Between requests on a kept connection.
  Millis write_timeout{30'000};
};

/// Answers one request; several run at a time (one per connection). Must not throw.
using Handler = std::function<Task<ServerResponse>(const ServerRequest&)>;

/// An HTTP/1.1 server over any Listener: keep-alive, pipelining (answers in order), chunked request bodies, Expect:
/// 100-continue, HEAD. Malformed requests get 400 and the connection is closed.
class Server {
 public:
  Server(Runtime runtime, ServerLimits limits, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void serve(std::unique_ptr<Listener> listener);  ///< May be called for several listeners.
  /// Stops accepting, lets running answers finish for at most `grace`, then closes.
  [[nodiscard]] Task<> stop(Millis grace);

  struct Figures {
    std::size_t connections = 0;
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;  ///< By a connection bound.
    std::uint64_t requests = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// application/x-www-form-urlencoded, also for query strings. Later duplicates stay; order is kept.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_form(std::string_view form);
[[nodiscard]] std::string percent_encode(std::string_view text);  ///< RFC 3986 unreserved kept.

}  // namespace relay::http
