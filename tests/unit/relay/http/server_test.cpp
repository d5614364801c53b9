#include "relay/http/server.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/memory_stream.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace std::chrono_literals;
using fakes::MemoryListener;
using fakes::MemoryStream;
using relay::Millis;
using relay::Task;
using relay::http::Server;
using relay::http::ServerLimits;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

namespace {

/// A server in virtual time whose handler tells what it saw; "/slow" takes 5 s, "/made" answers 204 with odd headers.
struct Site {
  explicit Site(ServerLimits limits = {}) : server(world.runtime(), limits, handler(world, handled)) {
    auto made = std::make_unique<MemoryListener>(world.runtime());
    listener = made.get();
    server.serve(std::move(made));
    world.settle();
  }
  ~Site() { world.run(server.stop(0ms)); }

  static relay::http::Handler handler(fakes::VirtualRuntime& world, std::vector<ServerRequest>& handled) {
    return [&world, &handled](const ServerRequest& request) { return answer(world, handled, request); };
  }

  static Task<ServerResponse> answer(fakes::VirtualRuntime& world, std::vector<ServerRequest>& handled,
                                     const ServerRequest& request) {
    handled.push_back(request);
    if (request.path == "/slow") co_await relay::sleep_for(world.runtime(), 5s);
    if (request.path == "/made") {
      co_return ServerResponse{
          204, {{"X-Split", "a\r\nSet-Cookie: b"}, {"Date", "never"}, {"Connection", "x"}}, "not sent"};
    }
    co_return ServerResponse{
        200, {{"Content-Type", "text/plain"}}, request.method + " " + request.path + " " + request.body};
  }

  /// Sends and returns what came back at once.
  std::string exchange(MemoryStream& client, std::string_view bytes) {
    client.put(bytes);
    world.settle();
    return client.taken();
  }

  fakes::VirtualRuntime world;
  std::vector<ServerRequest> handled;
  Server server;
  MemoryListener* listener = nullptr;  ///< Owned by the server.
};

std::string status_of(const std::string& answer) { return answer.size() < 12 ? "nothing" : answer.substr(9, 3); }

bool ends_with_body(const std::string& answer, std::string_view body) {
  return answer.ends_with("\r\n\r\n" + std::string(body));
}

std::size_t occurrences(const std::string& text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

constexpr std::string_view simple_get = "GET /a HTTP/1.1\r\nHost: box\r\n\r\n";

}  // namespace

TEST_GROUP(HttpServer){};

TEST(HttpServer, answersARequestWithLengthDateAndBody) {
  Site site;
  auto client = site.listener->connect("192.0.2.9");
  const std::string answer = site.exchange(
      *client, "POST /v1/mess%C3%A4ges?x=%20&y HTTP/1.1\r\nHost: box\r\nX-A:  b \r\nContent-Length: 5\r\n\r\nhello");
  STRCMP_CONTAINS("HTTP/1.1 200 OK\r\nDate: ", answer.c_str());
  STRCMP_CONTAINS(" GMT\r\nContent-Type: text/plain\r\nContent-Length: 24\r\n\r\n", answer.c_str());
  CHECK(ends_with_body(answer, "POST /v1/mess\xc3\xa4ges hello"));
  const ServerRequest& seen = site.handled.at(0);
  STRCMP_EQUAL("x=%20&y", seen.query.c_str());
  STRCMP_EQUAL("192.0.2.9", seen.peer.c_str());
  CHECK(header_value(seen.headers, "x-a") == "b");
  LONGS_EQUAL(1, site.server.figures().requests);
}

TEST(HttpServer, keepsTheConnectionAndAnswersPipelinedRequestsInOrder) {
  Site site;
  auto client = site.listener->connect();
  client->put(std::string("GET /slow HTTP/1.1\r\nHost: b\r\n\r\n") +
              "POST /2 HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\n\r\nx" + std::string(simple_get));
  site.world.run_for(6s);
  const std::string answers = client->taken();
  LONGS_EQUAL(3, occurrences(answers, "HTTP/1.1 200 OK"));
  CHECK(answers.find("GET /slow") < answers.find("POST /2 x"));
  CHECK(answers.find("POST /2 x") < answers.find("GET /a"));
  STRCMP_EQUAL("200", status_of(site.exchange(*client, simple_get)).c_str());
  CHECK_FALSE(client->peer_closed());
}

TEST(HttpServer, aRequestMayComeByteByByte) {
  Site site;
  const std::string request =
      "POST /c HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n4;ext=1\r\nabcd\r\n3\r\nefg\r\n0\r\nX-Trailer: "
      "t\r\n\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{7}, request.size()}) {
    auto client = site.listener->connect();
    std::string answer;
    for (std::size_t at = 0; at < request.size(); at += piece)
      answer += site.exchange(*client, request.substr(at, piece));
    CHECK_TEXT(ends_with_body(answer, "POST /c abcdefg"), answer.c_str());
    CHECK(header_value(site.handled.back().headers, "X-Trailer").empty());
    STRCMP_EQUAL("200", status_of(site.exchange(*client, simple_get)).c_str());
  }
}

TEST(HttpServer, headGetsTheLengthWithoutTheBody) {
  Site site;
  auto client = site.listener->connect();
  const std::string answer = site.exchange(*client, "HEAD /a HTTP/1.1\r\nHost: b\r\n\r\n");
  STRCMP_CONTAINS("Content-Length: 8\r\n\r\n", answer.c_str());
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST(HttpServer, aResponseCannotBreakTheProtocol) {
  Site site;
  auto client = site.listener->connect();
  const std::string answer = site.exchange(*client, "GET /made HTTP/1.1\r\nHost: b\r\n\r\n");
  STRCMP_EQUAL("204", status_of(answer).c_str());
  for (const char* absent : {"Set-Cookie", "never", "Connection", "Content-Length", "not sent"}) {
    CHECK_TEXT(answer.find(absent) == std::string::npos, absent);
  }
}

TEST(HttpServer, http10IsServedAndClosedUnlessAskedToStay) {
  Site site;
  auto leaving = site.listener->connect();
  STRCMP_CONTAINS("Connection: close", site.exchange(*leaving, "GET /a HTTP/1.0\r\n\r\n").c_str());
  CHECK(leaving->peer_closed());
  auto staying = site.listener->connect();
  STRCMP_CONTAINS("Connection: keep-alive",
                  site.exchange(*staying, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").c_str());
  CHECK_FALSE(staying->peer_closed());
}

TEST(HttpServer, connectionCloseIsHonoured) {
  Site site;
  auto client = site.listener->connect();
  STRCMP_CONTAINS("Connection: close",
                  site.exchange(*client, "GET /a HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n").c_str());
  CHECK(client->peer_closed());
}

TEST(HttpServer, expectContinueIsAnsweredBeforeTheBody) {
  Site site;
  auto client = site.listener->connect();
  const std::string first =
      site.exchange(*client, "POST /e HTTP/1.1\r\nHost: b\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  STRCMP_EQUAL("HTTP/1.1 100 Continue\r\n\r\n", first.c_str());
  CHECK(ends_with_body(site.exchange(*client, "ok"), "POST /e ok"));
  // A body that comes along needs no invitation.
  const std::string at_once =
      site.exchange(*client, "POST /e HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok");
  STRCMP_EQUAL("200", status_of(at_once).c_str());
}

namespace {

struct Malformed {
  const char* what;
  const char* status;
  std::string request;
};

std::string with(std::string_view lines) { return "POST /m HTTP/1.1\r\nHost: b\r\n" + std::string(lines); }

const std::vector<Malformed>& malformed_requests() {
  static const std::vector<Malformed> rows{
      {"a TLS hello on a plain port", "400", "\x16\x03\x01\x02\x01"},
      {"no version", "505", "GET /\r\nHost: b\r\n\r\n"},
      {"HTTP/2 preface", "400", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"version 2", "505", "GET / HTTP/2.0\r\nHost: b\r\n\r\n"},
      {"unknown method", "400", "BREW / HTTP/1.1\r\nHost: b\r\n\r\n"},
      {"no Host", "400", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "400", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"no proxy", "501", "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"},
      {"relative target", "400", "GET a HTTP/1.1\r\nHost: b\r\n\r\n"},
      {"broken escape", "400", "GET /%zz HTTP/1.1\r\nHost: b\r\n\r\n"},
      {"escaped NUL", "400", "GET /a%00b HTTP/1.1\r\nHost: b\r\n\r\n"},
      {"fragment", "400", "GET /a#b HTTP/1.1\r\nHost: b\r\n\r\n"},
      {"bare line feed", "400", "GET /a HTTP/1.1\nHost: b\n\n"},
      {"bare line feed within", "400", with("X: a\nContent-Length: 0\r\n\r\n")},
      {"bare carriage return", "400", with("X: a\rY: b\r\n\r\n")},
      {"folded line", "400", with("X: a\r\n b\r\n\r\n")},
      {"blank before the colon", "400", with("Content-Length : 3\r\n\r\nabc")},
      {"line without a colon", "400", with("nonsense\r\n\r\n")},
      {"NUL in a value", "400", with(std::string_view("X: a\0b\r\n\r\n", 10))},
      {"length and chunks", "400", with("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {"chunks and length", "400", with("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n")},
      {"two lengths", "400", with("Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd")},
      {"two equal lengths", "400", with("Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc")},
      {"list of lengths", "400", with("Content-Length: 3, 3\r\n\r\nabc")},
      {"signed length", "400", with("Content-Length: +3\r\n\r\nabc")},
      {"negative length", "400", with("Content-Length: -3\r\n\r\nabc")},
      {"length beyond 64 bits", "400", with("Content-Length: 99999999999999999999\r\n\r\n")},
      {"unknown coding", "501", with("Transfer-Encoding: gzip\r\n\r\n")},
      {"unknown coding first", "501", with("Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")},
      {"chunked twice", "501", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
      {"identity", "501", with("Transfer-Encoding: identity\r\n\r\n")},
      {"disguised chunked", "501", with("Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")},
      {"chunks in 1.0", "400", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"bad chunk size", "400", with("Transfer-Encoding: chunked\r\n\r\nzz\r\n")},
      {"chunk size with sign", "400", with("Transfer-Encoding: chunked\r\n\r\n-1\r\n")},
      {"chunk longer than said", "400", with("Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n")},
      {"unknown expectation", "417", with("Expect: miracles\r\nContent-Length: 1\r\n\r\n")},
      {"empty lines only", "400", "\r\n\r\n\r\n\r\n"},
  };
  return rows;
}

}  // namespace

TEST(HttpServer, malformedRequestsAreToldSoAndTheConnectionEnds) {
  for (const Malformed& row : malformed_requests()) {
    for (const std::size_t piece : {row.request.size(), std::size_t{1}}) {
      Site site;
      auto client = site.listener->connect();
      for (std::size_t at = 0; at < row.request.size(); at += piece) {
        client->put(row.request.substr(at, piece));
        site.world.settle();
      }
      site.world.run_for(1500ms);
      const std::string answer = client->taken();
      STRCMP_EQUAL_TEXT(row.status, status_of(answer).c_str(), row.what);
      CHECK_TEXT(answer.find("application/problem+json") != std::string::npos, row.what);
      CHECK_TEXT(answer.find("Connection: close") != std::string::npos, row.what);
      LONGS_EQUAL_TEXT(1, occurrences(answer, "HTTP/1.1 "), row.what);
      CHECK_TEXT(client->peer_closed(), row.what);
      LONGS_EQUAL_TEXT(0, site.handled.size(), row.what);
    }
  }
}

namespace {

ServerLimits small_limits() {
  ServerLimits limits;
  limits.max_connections = 4;
  limits.max_connections_per_peer = 2;
  limits.max_header_bytes = 200;
  limits.max_body_bytes = 100;
  limits.header_timeout = 1000ms;
  limits.request_timeout = 3000ms;
  limits.idle_timeout = 5000ms;
  limits.write_timeout = 2000ms;
  return limits;
}

std::string padded_get(std::size_t header_bytes) {
  std::string head = "GET /a HTTP/1.1\r\nHost: b\r\nX: ";
  head.append(header_bytes - head.size() - 4, 'x');
  return head + "\r\n\r\n";
}

std::string post_of(std::size_t body_bytes) {
  return "POST /p HTTP/1.1\r\nHost: b\r\nContent-Length: " + std::to_string(body_bytes) + "\r\n\r\n";
}

}  // namespace

TEST(HttpServer, theHeaderMayBeAsLongAsItsBoundAndNoLonger) {
  Site site(small_limits());
  auto fits = site.listener->connect();
  STRCMP_EQUAL("200", status_of(site.exchange(*fits, padded_get(200))).c_str());
  STRCMP_EQUAL("431", status_of(site.exchange(*fits, padded_get(201))).c_str());
  // Also when it never ends.
  auto endless = site.listener->connect("192.0.2.2");
  STRCMP_EQUAL("431", status_of(site.exchange(*endless, "GET /" + std::string(5000, 'a'))).c_str());
}

TEST(HttpServer, theNumberOfHeadersIsBounded) {
  Site site;
  auto client = site.listener->connect();
  std::string request = "GET / HTTP/1.1\r\nHost: b\r\n";
  for (int i = 0; i < 101; ++i) request += "X: y\r\n";
  STRCMP_EQUAL("431", status_of(site.exchange(*client, request + "\r\n")).c_str());
}

TEST(HttpServer, theBodyMayBeAsLongAsItsBoundAndIsRefusedUnreadBeyond) {
  Site site(small_limits());
  auto fits = site.listener->connect();
  STRCMP_EQUAL("200", status_of(site.exchange(*fits, post_of(100) + std::string(100, 'b'))).c_str());
  const std::string refusal = site.exchange(*fits, post_of(101));
  STRCMP_EQUAL("413", status_of(refusal).c_str());
  STRCMP_CONTAINS("Connection: close", refusal.c_str());
  // The client that sends on is read for a moment, so that no reset overtakes the answer.
  CHECK_FALSE(fits->peer_closed());
  STRCMP_EQUAL("", site.exchange(*fits, std::string(101, 'b')).c_str());
  site.world.run_for(1100ms);
  CHECK(fits->peer_closed());
  LONGS_EQUAL(1, site.handled.size());
}

TEST(HttpServer, aRefusedBodyIsNotInvited) {
  Site site(small_limits());
  auto client = site.listener->connect();
  const std::string answer =
      site.exchange(*client, "POST /p HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n");
  STRCMP_EQUAL("413", status_of(answer).c_str());
}

TEST(HttpServer, chunksAreBoundedToo) {
  const std::string head = "POST /p HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n";
  Site site(small_limits());
  auto body = site.listener->connect();
  STRCMP_EQUAL("200",
               status_of(site.exchange(*body, head + "64\r\n" + std::string(100, 'b') + "\r\n0\r\n\r\n")).c_str());
  STRCMP_EQUAL("413",
               status_of(site.exchange(*body, head + "65\r\n" + std::string(101, 'b') + "\r\n0\r\n\r\n")).c_str());
  auto extensions = site.listener->connect("192.0.2.2");
  STRCMP_EQUAL("413", status_of(site.exchange(*extensions, head + "1;" + std::string(3000, 'e'))).c_str());
  auto trailers = site.listener->connect("192.0.2.3");
  STRCMP_EQUAL("413", status_of(site.exchange(*trailers, head + "0\r\nX: " + std::string(3000, 't'))).c_str());
}

TEST(HttpServer, aSlowHeaderIsCutInTotalTimeWhateverDripsIn) {
  Site site(small_limits());
  auto client = site.listener->connect();
  client->put("GET /a HTTP/1.1\r\n");
  for (int i = 0; i < 9; ++i) {
    site.world.run_for(100ms);
    client->put("X: y\r\n");
    STRCMP_EQUAL("", client->taken().c_str());
  }
  site.world.run_for(101ms);
  STRCMP_EQUAL("408", status_of(client->taken()).c_str());
  site.world.run_for(1100ms);
  CHECK(client->peer_closed());
}

TEST(HttpServer, aSlowBodyIsCutInTotalTime) {
  Site site(small_limits());
  auto client = site.listener->connect();
  client->put(post_of(50));
  for (int i = 0; i < 29; ++i) {
    site.world.run_for(100ms);
    client->put("b");
    STRCMP_EQUAL("", client->taken().c_str());
  }
  site.world.run_for(101ms);
  STRCMP_EQUAL("408", status_of(client->taken()).c_str());
}

TEST(HttpServer, anIdleConnectionIsClosedWithoutAWord) {
  Site site(small_limits());
  auto silent = site.listener->connect();
  auto kept = site.listener->connect();
  STRCMP_EQUAL("200", status_of(site.exchange(*kept, simple_get)).c_str());
  site.world.run_for(4999ms);
  CHECK_FALSE(silent->peer_closed());
  CHECK_FALSE(kept->peer_closed());
  STRCMP_EQUAL("200", status_of(site.exchange(*kept, simple_get)).c_str());
  site.world.run_for(2ms);
  CHECK(silent->peer_closed());
  CHECK_FALSE(kept->peer_closed());
  STRCMP_EQUAL("", silent->taken().c_str());
  site.world.run_for(5000ms);
  CHECK(kept->peer_closed());
  LONGS_EQUAL(0, site.server.figures().connections);
}

TEST(HttpServer, aPeerThatReadsNothingIsCutOff) {
  Site site(small_limits());
  auto client = site.listener->connect();
  client->set_capacity(20);
  client->put(simple_get);
  site.world.run_for(1999ms);
  LONGS_EQUAL(1, site.server.figures().connections);
  site.world.run_for(2ms);
  LONGS_EQUAL(0, site.server.figures().connections);
}

TEST(HttpServer, aPeerThatLeavesMidRequestIsForgotten) {
  Site site;
  for (const char* part : {"", "GET /a HT", "POST /p HTTP/1.1\r\nHost: b\r\nContent-Length: 5\r\n\r\nhe"}) {
    auto client = site.listener->connect();
    client->put(part);
    site.world.settle();
    client->close();
    site.world.settle();
    LONGS_EQUAL_TEXT(0, site.server.figures().connections, part);
  }
  LONGS_EQUAL(0, site.handled.size());
}

TEST(HttpServer, connectionsBeyondABoundAreToldToComeBack) {
  Site site(small_limits());
  auto first = site.listener->connect("192.0.2.1");
  auto second = site.listener->connect("192.0.2.1");
  auto third = site.listener->connect("192.0.2.1");
  site.world.settle();
  const std::string refusal = third->taken();
  STRCMP_EQUAL("503", status_of(refusal).c_str());
  STRCMP_CONTAINS("Retry-After: 1\r\n", refusal.c_str());
  STRCMP_CONTAINS("Connection: close\r\n", refusal.c_str());
  auto other = site.listener->connect("192.0.2.2");
  STRCMP_EQUAL("200", status_of(site.exchange(*other, simple_get)).c_str());
  auto fourth = site.listener->connect("192.0.2.3");
  auto fifth = site.listener->connect("192.0.2.4");
  site.world.settle();
  STRCMP_EQUAL("503", status_of(fifth->taken()).c_str());
  LONGS_EQUAL(4, site.server.figures().connections);
  LONGS_EQUAL(2, site.server.figures().refused);
  first->close();
  site.world.settle();
  auto again = site.listener->connect("192.0.2.1");
  STRCMP_EQUAL("200", status_of(site.exchange(*again, simple_get)).c_str());
}

TEST(HttpServer, aFloodBeyondTheBoundIsClosedUnheard) {
  Site site(small_limits());
  std::vector<std::unique_ptr<MemoryStream>> clients;
  for (int i = 0; i < 100; ++i) clients.push_back(site.listener->connect());
  site.world.settle();
  std::size_t told = 0;
  for (auto& client : clients) told += status_of(client->taken()) == "503" ? 1 : 0;
  LONGS_EQUAL(16, told);
  LONGS_EQUAL(2, site.server.figures().connections);
  LONGS_EQUAL(98, site.server.figures().refused);
}

TEST(HttpServer, aFailingAcceptIsReportedAndTriedAgainLater) {
  Site site;
  site.listener->fail_next_accept({relay::ErrorCode::io, "Too many open files"});
  site.world.settle();
  CHECK(site.world.log.contains("http_accept_failed"));
  auto client = site.listener->connect();
  STRCMP_EQUAL("nothing", status_of(site.exchange(*client, simple_get)).c_str());
  site.world.run_for(250ms);
  STRCMP_EQUAL("200", status_of(client->taken()).c_str());
}

TEST(HttpServer, stoppingLetsRunningAnswersFinishAndClosesTheRest) {
  Site site;
  auto idle = site.listener->connect();
  auto busy = site.listener->connect();
  busy->put("GET /slow HTTP/1.1\r\nHost: b\r\n\r\n");
  site.world.run_for(1s);
  const auto begun = site.world.clock.steady();
  site.world.run(site.server.stop(30s));
  CHECK((site.world.clock.steady() - begun) == Millis{4000});
  const std::string answer = busy->taken();
  STRCMP_EQUAL("200", status_of(answer).c_str());
  STRCMP_CONTAINS("Connection: close", answer.c_str());
  CHECK(busy->peer_closed());
  CHECK(idle->peer_closed());
}

TEST(HttpServer, stoppingCancelsHandlersAfterTheGrace) {
  Site site;
  auto busy = site.listener->connect();
  busy->put("GET /slow HTTP/1.1\r\nHost: b\r\n\r\n");
  site.world.run_for(1s);
  const auto begun = site.world.clock.steady();
  site.world.run(site.server.stop(2s));
  CHECK((site.world.clock.steady() - begun) == Millis{2000});
  CHECK(busy->peer_closed());
  LONGS_EQUAL(0, site.server.figures().connections);
}
