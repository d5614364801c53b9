#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/task.hpp"

namespace relay::http {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

/// First value of a header, name compared without case; empty when absent.
[[nodiscard]] std::string_view header_value(const Headers& headers, std::string_view name);

struct ClientRequest {
  std::string method = "POST";
  std::string url;  ///< Absolute, https:// or http://.
  Headers headers;  ///< Sent as they are; Host and Content-Length are the client's business.
  std::string body;
  SteadyTime deadline{};  ///< For the whole exchange.
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
};

/// How far a failed exchange came: it decides whether anything can have been sent.
enum class Phase : std::uint8_t { resolve, connect, tls, send, receive };

struct ClientFailure {
  Phase phase = Phase::connect;
  bool request_byte_left = false;    ///< A byte of the request was given to the connection.
  bool certificate_refused = false;  ///< The peer could not prove who it is.
  bool timed_out = false;
  std::string message;
};

/// The seam of outgoing HTTP. Certificates and host names are always checked.
class Client {
 public:
  virtual ~Client() = default;
  [[nodiscard]] virtual Task<std::expected<ClientResponse, ClientFailure>> perform(ClientRequest request) = 0;
};

/// Per provider: where its name leads and whom it trusts (facts: cloud-apis.md 13).
struct ClientOptions {
  std::string ca_file;  ///< PEM; empty: the system's store. Replaces the store, never switches checks off.
  std::vector<std::string> connect_to;  ///< "HOST:PORT:CONNECT-HOST:CONNECT-PORT", as curl's --connect-to.
  std::string unix_socket;              ///< Connect here whatever the URL's host (relayctl).
  std::string certificate;              ///< Our own, PEM text, for servers that ask who we are; empty: none.
  std::string key;                      ///< And its private key.
  Millis connect_timeout{5000};
  std::size_t max_response_bytes = 256 * 1024;
};

}  // namespace relay::http
