#include "relay/http/request_parser.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <http_parser.h>

#include "relay/base/ascii.hpp"
#include "relay/http/percent.hpp"

namespace relay::http {
namespace {

// RFC 9112 2.2: a server should ignore at least one empty line before a request.
constexpr std::size_t max_blank_bytes_before_request = 4;
// The smallest chunk carries one byte in six ("1\r\nx\r\n"); chunk extensions and trailers must fit into the same room.
constexpr std::size_t chunk_overhead_factor = 6;
constexpr std::size_t max_headers = 100;
constexpr std::size_t version_tail = std::string_view{" HTTP/1.1"}.size();

std::size_t count(const Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [name](const Header& h) { return equal_without_case(h.name, name); }));
}

}  // namespace

struct RequestParser::Parser {
  http_parser state{};

  static RequestParser& owner(http_parser* parser) { return *static_cast<RequestParser*>(parser->data); }

  static int on_url(http_parser* parser, const char* text, std::size_t size) {
    owner(parser).target_.append(text, size);
    return 0;
  }
  static int on_header_field(http_parser* parser, const char* text, std::size_t size) {
    owner(parser).add_name({text, size});
    return 0;
  }
  static int on_header_value(http_parser* parser, const char* text, std::size_t size) {
    owner(parser).add_value({text, size});
    return 0;
  }
  static int on_headers_complete(http_parser* parser) {
    if (!owner(parser).header_complete()) return -1;
    parser->upgrade = 0;  // An offer to change protocols may be ignored (RFC 9110 7.8), and is.
    return 0;
  }
  static int on_body(http_parser* parser, const char* text, std::size_t size) {
    RequestParser& self = owner(parser);
    if (size > self.limits_.max_body_bytes - self.request_.body.size()) {
      self.refuse(413, "The body is larger than this server accepts.");
      return -1;
    }
    self.request_.body.append(text, size);
    return 0;
  }
  static int on_message_complete(http_parser* parser) {
    owner(parser).state_ = State::complete;
    http_parser_pause(parser, 1);
    return 0;
  }

  static const http_parser_settings& settings() {
    static const http_parser_settings made = [] {
      http_parser_settings s{};
      http_parser_settings_init(&s);
      s.on_url = &on_url;
      s.on_header_field = &on_header_field;
      s.on_header_value = &on_header_value;
      s.on_headers_complete = &on_headers_complete;
      s.on_body = &on_body;
      s.on_message_complete = &on_message_complete;
      return s;
    }();
    return made;
  }
};

RequestParser::RequestParser(const ServerLimits& limits) : limits_(limits), parser_(std::make_unique<Parser>()) {}
RequestParser::~RequestParser() = default;

void RequestParser::begin_request() {
  http_parser_init(&parser_->state, HTTP_REQUEST);
  parser_->state.data = this;
  request_ = {};
  target_.clear();
  last_was_value_ = false;
  expects_continue_ = false;
  previous_ = '\0';
  line_length_ = 0;
  first_line_ = true;
  tail_.clear();
  header_ended_ = false;
  header_bytes_ = 0;
  body_wire_bytes_ = 0;
  chunks_.reset();
}

void RequestParser::refuse(int status, std::string_view detail) {
  if (state_ == State::refused)
    return;  // The first reason is the cause; what the library says after it follows from it.
  state_ = State::refused;
  refusal_ = {status, detail};
}

std::size_t RequestParser::feed(std::string_view bytes) {
  std::size_t taken = 0;
  if (state_ == State::idle) {
    while (taken < bytes.size() && (bytes[taken] == '\r' || bytes[taken] == '\n')) ++taken;
    header_bytes_ += taken;  // Bounded like a header: begin_request resets it.
    if (header_bytes_ > max_blank_bytes_before_request) refuse(400, "Empty lines where a request should begin.");
    if (taken == bytes.size() || state_ == State::refused) return taken;
    begin_request();
    state_ = State::header;
  }
  if (state_ == State::header) {
    const std::size_t room = limits_.max_header_bytes - header_bytes_;
    const std::string_view part = bytes.substr(taken, room);
    if (part.empty() && taken < bytes.size()) refuse(431, "The request's header is larger than this server accepts.");
    if (state_ == State::header) taken += execute(part);
  }
  if (state_ == State::body && taken < bytes.size()) {
    const std::size_t most = chunk_overhead_factor * limits_.max_body_bytes + limits_.max_header_bytes;
    const std::string_view part = bytes.substr(taken, most - body_wire_bytes_);
    if (part.empty()) refuse(413, "The body's chunks are larger than this server accepts.");
    taken += execute(part);
  }
  return taken;
}

/// In the header part, the library's own leniency is not good enough; see the class. Returns what belongs to the
/// header: up to the empty line, or all. Nothing when the request is refused.
std::string_view RequestParser::check_line_ends(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    const char before = std::exchange(previous_, c);
    if ((before == '\r') != (c == '\n')) {  // The library takes any byte after the CR of the empty line for its LF.
      refuse(400, "A line of the header does not end in CR LF.");
      return {};
    }
    if (c == '\r') continue;
    if (c == '\n') {
      if (std::exchange(first_line_, false) && !check_request_line()) return {};
      header_ended_ = std::exchange(line_length_, 0) == 0;
      if (header_ended_) return bytes.substr(0, at + 1);
      continue;
    }
    if (first_line_) {
      tail_ += c;
      if (tail_.size() > version_tail) tail_.erase(0, 1);
    }
    if (line_length_++ == 0 && (c == ' ' || c == '\t')) {
      refuse(400, "A line of the header begins with a blank.");
      return {};
    }
  }
  return bytes;
}

/// The library does not look at the letters after the H.
bool RequestParser::check_request_line() {
  if (tail_.size() == version_tail && tail_.starts_with(" HTTP/")) return true;
  refuse(505, "The request line does not end in HTTP/1.1.");
  return false;
}

std::size_t RequestParser::execute(std::string_view bytes) {
  const bool in_header = state_ == State::header;
  if (in_header) bytes = check_line_ends(bytes);
  if (bytes.empty()) return 0;
  if (chunks_ && !chunks_->accept(bytes)) {
    refuse(400, "The chunks of the body are not well-formed.");
    return 0;
  }
  const std::size_t used = http_parser_execute(&parser_->state, &Parser::settings(), bytes.data(), bytes.size());
  const auto error = HTTP_PARSER_ERRNO(&parser_->state);
  if (state_ == State::refused) return used;
  if (error != HPE_OK && error != HPE_PAUSED) {
    const bool bad_version = error == HPE_INVALID_VERSION;
    refuse(bad_version ? 505 : 400,
           bad_version ? "This server speaks HTTP/1.1." : "The request is not well-formed HTTP/1.1.");
    return used;
  }
  if (in_header && header_ended_ && state_ == State::header) {
    refuse(400, "The request is not well-formed HTTP/1.1.");  // it reads on where the header has ended
    return used;
  }
  (in_header ? header_bytes_ : body_wire_bytes_) += used;
  return used;
}

// Both are called with parts of a name or a value. After the header they bring trailers: nothing here needs them, so
// they are dropped, and nobody can smuggle a header in them.
void RequestParser::add_name(std::string_view part) {
  if (state_ != State::header) return;
  if (last_was_value_ || request_.headers.empty()) request_.headers.emplace_back();
  request_.headers.back().name += part;
  last_was_value_ = false;
}

void RequestParser::add_value(std::string_view part) {
  if (state_ != State::header || request_.headers.empty()) return;
  request_.headers.back().value += part;
  last_was_value_ = true;
}

/// All of the header is here. False when the request is refused.
bool RequestParser::header_complete() {
  if (parser_->state.http_major != 1) refuse(505, "This server speaks HTTP/1.1.");
  if (parser_->state.method == HTTP_CONNECT) refuse(501, "This server is no proxy.");
  if (request_.headers.size() > max_headers) refuse(431, "The request has too many header lines.");
  for (Header& header : request_.headers) {
    header.value = std::string(trimmed(header.value));
    if (header.name.find(' ') != std::string::npos) refuse(400, "A header's name holds a blank.");
    if (has_control_character(header.value)) refuse(400, "A header's value holds a control character.");
  }
  const std::size_t hosts = count(request_.headers, "Host");
  if (hosts > 1 || (hosts == 0 && !is_http_1_0())) refuse(400, "A request needs exactly one Host header.");
  const bool well_formed = state_ != State::refused && check_framing() && split_target();
  if (!well_formed) return false;
  request_.method = http_method_str(static_cast<http_method>(parser_->state.method));
  state_ = State::body;
  return true;
}

bool RequestParser::check_framing() {
  const std::string_view coding = header_value(request_.headers, "Transfer-Encoding");
  const std::size_t codings = count(request_.headers, "Transfer-Encoding");
  const bool has_length = count(request_.headers, "Content-Length") > 0;
  if (codings > 0 && has_length) refuse(400, "Content-Length and Transfer-Encoding contradict each other.");
  if (codings > 0 && is_http_1_0()) refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
  if (codings > 1 || (codings == 1 && !equal_without_case(coding, "chunked"))) {
    refuse(501, "The only transfer coding here is chunked.");
  }
  constexpr auto no_length = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t length = parser_->state.content_length;
  if (has_length && length != no_length && length > limits_.max_body_bytes) {
    refuse(413, "The body is larger than this server accepts.");
  }
  const std::string_view expectation = header_value(request_.headers, "Expect");
  if (!expectation.empty() && !is_http_1_0()) {
    expects_continue_ = equal_without_case(expectation, "100-continue");
    if (!expects_continue_) refuse(417, "The only expectation known here is 100-continue.");
  }
  if (codings > 0) chunks_.emplace();
  const bool has_body = codings > 0 || (has_length && length > 0);
  expects_continue_ = expects_continue_ && has_body;
  return state_ != State::refused;
}

/// origin-form, absolute-form or "*" (RFC 9112 3.2) into path and query.
bool RequestParser::split_target() {
  std::string_view target = target_;
  if (const auto scheme_end = target.find("://"); !target.starts_with('/') && scheme_end != std::string_view::npos) {
    const auto path_begin = target.find_first_of("/?", scheme_end + 3);
    target = path_begin == std::string_view::npos ? std::string_view{"/"} : target.substr(path_begin);
  }
  const auto question = target.find('?');
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  const std::string_view raw_path = target.substr(0, question);
  auto path = percent_decode(raw_path.empty() ? "/" : raw_path);
  const bool bad = !path || (!path->starts_with('/') && *path != "*") || target.find('#') != std::string_view::npos ||
                   path->find('\0') != std::string::npos;
  if (bad) {
    refuse(400, "The request's target is not a path.");
    return false;
  }
  request_.path = std::move(*path);
  return true;
}

bool RequestParser::awaits_continue() const {
  return state_ == State::body && expects_continue_ && body_wire_bytes_ == 0 && request_.body.empty();
}

bool RequestParser::keep_alive() const { return http_should_keep_alive(&parser_->state) != 0; }

bool RequestParser::is_http_1_0() const { return parser_->state.http_major == 1 && parser_->state.http_minor == 0; }

ServerRequest RequestParser::take() {
  state_ = State::idle;
  header_bytes_ = 0;
  target_ = {};
  return std::exchange(request_, {});
}

}  // namespace relay::http
