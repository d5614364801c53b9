#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "relay/base/time.hpp"
#include "relay/http/request_parser.hpp"
#include "relay/http/server.hpp"

namespace relay::http {

/// How an answer goes onto the wire.
struct Framing {
  bool close = false;      ///< "Connection: close"
  bool keep_1_0 = false;   ///< "Connection: keep-alive", which an HTTP/1.0 client needs to hear.
  bool omit_body = false;  ///< An answer to HEAD: the length of the body, but not the body.
  /// How the end of a body that comes from a source is told.
  enum class End : std::uint8_t { length, last_chunk, close };
  End end = End::length;
};

/// The whole answer as bytes. A header of the response that could break the answer apart (control characters) is left
/// out, as are Content-Length, Date and Connection, which are the server's.
[[nodiscard]] std::string serialise(const ServerResponse& response, const Framing& framing, WallTime now);

/// One piece of a chunked body (RFC 9112 7.1); an empty one is the last.
[[nodiscard]] std::string chunk(std::string_view piece);

/// RFC 9457, type about:blank.
[[nodiscard]] ServerResponse problem(const Refusal& refusal);

}  // namespace relay::http
