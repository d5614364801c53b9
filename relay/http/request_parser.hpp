#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "relay/http/chunk_framing.hpp"
#include "relay/http/server.hpp"

namespace relay::http {

/// Why a request is refused by the server itself.
struct Refusal {
  int status = 400;
  std::string_view detail;  ///< A literal: nothing of the request is echoed.
};

/// HTTP/1.x request syntax, no IO: bytes in, one request out. Stricter than the library under it where two readers of
/// the same bytes could disagree (request smuggling): one of Content-Length and Transfer-Encoding, one Host, no folded
/// lines, no CR or LF without the other, neither in the header nor in the framing of chunks, no blank before a colon.
class RequestParser {
 public:
  enum class State : std::uint8_t { idle, header, body, complete, refused };

  explicit RequestParser(const ServerLimits& limits);
  ~RequestParser();
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;

  /// Takes bytes up to the end of one request and returns how many it took; what follows belongs to the next request.
  /// After `complete` call take(), after `refused` nothing more is taken.
  std::size_t feed(std::string_view bytes);
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

  /// The client waits for "100 Continue" before it sends the body (RFC 9110 10.1.1), and no body byte has come.
  [[nodiscard]] bool awaits_continue() const;
  void continue_sent() { expects_continue_ = false; }

  /// For a reason outside the syntax (time). The first refusal stands.
  void refuse(int status, std::string_view detail);

  /// The finished request; the parser is idle again, for the next request on the connection.
  [[nodiscard]] ServerRequest take();
  /// What the finished request (before take()) wants done with the connection.
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool is_http_1_0() const;

 private:
  struct Parser;  ///< The library's state and callbacks.
  friend struct Parser;

  void begin_request();
  std::string_view check_line_ends(std::string_view bytes);
  bool check_request_line();
  std::size_t execute(std::string_view bytes);
  void add_name(std::string_view part);
  void add_value(std::string_view part);
  bool header_complete();
  bool check_framing();
  bool split_target();

  const ServerLimits& limits_;
  std::unique_ptr<Parser> parser_;
  State state_ = State::idle;
  Refusal refusal_;
  ServerRequest request_;
  std::string target_;
  bool last_was_value_ = false;
  bool expects_continue_ = false;
  char previous_ = '\0';         ///< The header byte before the next, for line ends that span two reads.
  std::size_t line_length_ = 0;  ///< Of the header's present line, so far.
  bool first_line_ = true;
  std::string tail_;           ///< The last characters of the request line: the version.
  bool header_ended_ = false;  ///< The empty line was seen.
  std::size_t header_bytes_ = 0;
  std::size_t body_wire_bytes_ = 0;     ///< Body with chunk framing.
  std::optional<ChunkFraming> chunks_;  ///< Of a chunked body.
};

}  // namespace relay::http
