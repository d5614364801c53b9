// The parser of HTTP requests. Input: an octet of options, then what a client sends on one connection.
#include <algorithm>
#include <vector>

#include "relay/base/ascii.hpp"
#include "relay/http/request_parser.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using relay::http::RequestParser;
using relay::http::ServerLimits;
using relay::http::ServerRequest;

using State = RequestParser::State;

/// What a connection came to.
struct Heard {
  struct Request {
    ServerRequest request;
    bool keep_alive = false;
  };
  std::vector<Request> requests;
  int refused_with = 0;
  State state = State::idle;
};

/// Feeds the parser as Connection does, in pieces of these sizes (in turn).
Heard hear(std::string_view bytes, const ServerLimits& limits, const std::vector<std::size_t>& sizes) {
  Heard heard;
  RequestParser parser(limits);
  for (std::size_t turn = 0; !bytes.empty(); ++turn) {
    std::string_view piece = bytes.substr(0, sizes[turn % sizes.size()]);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t taken = parser.feed(piece);
      require(taken <= piece.size(), "no more is taken than there is");
      piece.remove_prefix(taken);
      if (parser.state() == State::refused) {
        heard.refused_with = parser.refusal().status;
        heard.state = State::refused;
        require(!parser.refusal().detail.empty(), "a refusal says why");
        return heard;
      }
      require(taken > 0 || parser.state() == State::complete, "the parser goes on or refuses");
      if (parser.state() != State::complete) continue;
      const bool keep_alive = parser.keep_alive();
      heard.requests.push_back({parser.take(), keep_alive});
      require(parser.state() == State::idle, "after a request comes the next");
      if (!keep_alive) return heard;
    }
  }
  heard.state = parser.state();
  return heard;
}

std::size_t count(const relay::http::Headers& headers, std::string_view name) {
  return static_cast<std::size_t>(
      std::ranges::count_if(headers, [name](const auto& h) { return relay::equal_without_case(h.name, name); }));
}

void check_request(const ServerRequest& request, const ServerLimits& limits) {
  require(!request.method.empty() && request.method != "CONNECT", "a method, but not a proxy's");
  require(request.path.starts_with('/') || request.path == "*", "a path is a path");
  require(request.path.find('\0') == std::string::npos, "a path has no NUL");
  require(request.query.find_first_of("# \r\n") == std::string::npos, "a query is one word");
  require(request.body.size() <= limits.max_body_bytes, "a body is bounded");
  require(request.headers.size() <= 100, "header lines are bounded");
  std::size_t size = 0;
  for (const auto& header : request.headers) {
    size += header.name.size() + header.value.size();
    require(!header.name.empty() && header.name.find_first_of(" \t:\r\n") == std::string::npos, "a name is a token");
    require(!relay::has_control_character(header.value), "a value has no control characters");
    require(relay::trimmed(header.value).size() == header.value.size(), "a value is trimmed");
  }
  require(size <= limits.max_header_bytes, "a header is bounded");
  require(count(request.headers, "Host") <= 1, "one host");
  const auto codings = count(request.headers, "Transfer-Encoding");
  const auto lengths = count(request.headers, "Content-Length");
  require(codings + lengths <= 1, "one way to tell the body's length");
  if (codings + lengths == 0) require(request.body.empty(), "a body has a length");
  if (lengths == 1) {
    const auto told = relay::http::header_value(request.headers, "Content-Length");
    const auto digits = told.substr(std::min(told.find_first_not_of('0'), told.size()));
    const auto length = request.body.empty() ? std::string{} : std::to_string(request.body.size());
    require(digits == length, "a body is as long as told");
  }
}

/// Written down plainly, the request reads as the same: no second reader can see another one in it.
void check_rewritten(const ServerRequest& request, const ServerLimits& limits) {
  if (request.path == "*") return;
  if (request.headers.size() > 98) return;  // with the two lines that are added there would be more than 100
  std::string bytes = request.method + " ";
  for (std::size_t start = 0; start < request.path.size();) {
    const auto end = std::min(request.path.find('/', start), request.path.size());
    bytes += relay::http::percent_encode(std::string_view{request.path}.substr(start, end - start));
    if (end < request.path.size()) bytes += '/';
    start = end + 1;
  }
  bytes += (request.query.empty() ? "" : "?" + request.query) + " HTTP/1.1\r\n";
  if (count(request.headers, "Host") == 0) bytes += "Host: none\r\n";
  for (const auto& header : request.headers) {
    // http_parser 2.9.4 takes any name that begins with Transfer-Encoding for it when a Content-Length stands beside
    // it, and refuses the two.
    const bool framing = relay::equal_without_case(header.name, "Content-Length") ||
                         relay::equal_without_case(header.name.substr(0, 17), "Transfer-Encoding") ||
                         relay::equal_without_case(header.name, "Expect");
    if (!framing) bytes += header.name + ": " + header.value + "\r\n";
  }
  bytes += "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" + request.body;
  ServerLimits roomy = limits;
  roomy.max_header_bytes = 1U << 20U;
  const Heard again = hear(bytes, roomy, {bytes.size()});
  require(again.requests.size() == 1, "a request written down plainly is one");
  const auto& copy = again.requests.front().request;
  require(copy.method == request.method && copy.path == request.path && copy.query == request.query &&
              copy.body == request.body,
          "a request written down plainly is the same");
}

/// But for the status of a refusal: of two faults the one found first gives it, and how far is looked ahead depends on
/// the pieces.
bool same(const Heard& a, const Heard& b) {
  return a.state == b.state &&
         std::ranges::equal(a.requests, b.requests, [](const Heard::Request& x, const Heard::Request& y) {
           const auto equal_header = [](const auto& h, const auto& i) {
             return h.name == i.name && h.value == i.value;
           };
           return x.keep_alive == y.keep_alive && x.request.method == y.request.method &&
                  x.request.path == y.request.path && x.request.query == y.request.query &&
                  x.request.body == y.request.body &&
                  std::ranges::equal(x.request.headers, y.request.headers, equal_header);
         });
}

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  const std::uint8_t options = input.octet();
  ServerLimits limits;
  if ((options & 1U) != 0) {
    limits.max_header_bytes = 128;
    limits.max_body_bytes = 64;
  }
  const Heard whole = hear(input.rest(), limits, {std::max<std::size_t>(input.rest().size(), 1)});
  for (const auto& heard : whole.requests) {
    check_request(heard.request, limits);
    check_rewritten(heard.request, limits);
  }
  if (whole.refused_with != 0) require(whole.refused_with >= 400 && whole.refused_with <= 505, "a refusal is an error");
  require(same(whole, hear(input.rest(), limits, {1})), "it does not matter how the bytes arrive");
  const std::size_t some = 1 + (options >> 3U);
  require(same(whole, hear(input.rest(), limits, {some, 1, some + 7})), "nor in what pieces");
}

fuzz::Seeds seeds() {
  const std::string host = "Host: box\r\n";
  const std::vector<std::string> requests{
      "GET /a?b=c HTTP/1.1\r\n" + host + "\r\n",
      "POST /v1/messages HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: 5\r\n\r\nhello",
      "POST /v1 HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nTrailer: x\r\n\r\n",
      "GET /1 HTTP/1.1\r\n" + host + "\r\nGET /2 HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
      "HEAD / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\n" + host + "\r\n",
      "GET http://box/x%20y HTTP/1.1\r\n" + host + "\r\n",
      "\r\nPUT /%2e%2E/ HTTP/1.1\r\n" + host + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
      "GET / HTTP/1.1\r\n" + host + "X: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\n" + host + host + "\r\n",
      "GET / HTTP/2.0\r\n" + host + "\r\n",
      "POST / HTTP/1.1\r\n" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "POST / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n",
      "GET / HTTP/1.1\r\n" + host + "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\nGET /3 HTTP/1.1\r\n" + host + "\r\n",
      "CONNECT box:1 HTTP/1.1\r\n" + host + "\r\n"};
  fuzz::Seeds all;
  for (const auto& request : requests) {
    all.push_back('\0' + request);
    all.push_back('\x19' + request + request);
  }
  return all;
}

const fuzz::Registration registration{{"http_request", &run, &seeds}};

}  // namespace
