#include "relay/http/server.hpp"

#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/http/site.hpp"

using namespace std::chrono_literals;
using namespace http_test;
using relay::http::ServerRequest;

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
      {"letters instead of the version's", "505", "GET / HXYZ/1.1\r\nHost: b\r\n\r\n"},
      {"an empty line in the version", "505", "POST / H\r\n\r\n1.1\r\nHost: b\r\n\r\n"},
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
      {"bare carriage return for the empty line", "400", "GET /a HTTP/1.1\r\nHost: b\r\n\rx"},
      {"folded line", "400", with("X: a\r\n b\r\n\r\n")},
      {"blank before the colon", "400", with("Content-Length : 3\r\n\r\nabc")},
      {"line without a colon", "400", with("nonsense\r\n\r\n")},
      {"NUL in a value", "400", with(std::string_view("X: a\0b\r\n\r\n", 10))},
      {"control character in a value", "400", with("X: a\x1a\r\n\r\n")},
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
