#include <memory>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "relay/http/server.hpp"
#include "tests/unit/relay/http/site.hpp"

using namespace std::chrono_literals;
using namespace http_test;
using fakes::MemoryStream;
using relay::Millis;
using relay::http::ServerLimits;

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

TEST_GROUP(HttpServerLimits){};

TEST(HttpServerLimits, theHeaderMayBeAsLongAsItsBoundAndNoLonger) {
  Site site(small_limits());
  auto fits = site.listener->connect();
  STRCMP_EQUAL("200", status_of(site.exchange(*fits, padded_get(200))).c_str());
  STRCMP_EQUAL("431", status_of(site.exchange(*fits, padded_get(201))).c_str());
  // Also when it never ends.
  auto endless = site.listener->connect("192.0.2.2");
  STRCMP_EQUAL("431", status_of(site.exchange(*endless, "GET /" + std::string(5000, 'a'))).c_str());
}

TEST(HttpServerLimits, theNumberOfHeadersIsBounded) {
  Site site;
  auto client = site.listener->connect();
  std::string request = "GET / HTTP/1.1\r\nHost: b\r\n";
  for (int i = 0; i < 101; ++i) request += "X: y\r\n";
  STRCMP_EQUAL("431", status_of(site.exchange(*client, request + "\r\n")).c_str());
}

TEST(HttpServerLimits, theBodyMayBeAsLongAsItsBoundAndIsRefusedUnreadBeyond) {
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

TEST(HttpServerLimits, aRefusedBodyIsNotInvited) {
  Site site(small_limits());
  auto client = site.listener->connect();
  const std::string answer =
      site.exchange(*client, "POST /p HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 101\r\n\r\n");
  STRCMP_EQUAL("413", status_of(answer).c_str());
}

TEST(HttpServerLimits, chunksAreBoundedToo) {
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
  auto whole = site.listener->connect("192.0.2.4");  // all of it in one piece, its end as well
  STRCMP_EQUAL("413",
               status_of(site.exchange(*whole, head + "0\r\nX: " + std::string(1500, 't') + "\r\n\r\n")).c_str());
}

TEST(HttpServerLimits, brokenChunksAreRefused) {
  Site site(small_limits());
  auto client = site.listener->connect();
  const std::string head = "POST /p HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n";
  STRCMP_EQUAL("400", status_of(site.exchange(*client, head + "5\nhello\r\n0\r\n\r\n")).c_str());
}

TEST(HttpServerLimits, aSlowHeaderIsCutInTotalTimeWhateverDripsIn) {
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

TEST(HttpServerLimits, aSlowBodyIsCutInTotalTime) {
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

TEST(HttpServerLimits, anIdleConnectionIsClosedWithoutAWord) {
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

TEST(HttpServerLimits, aPeerThatReadsNothingIsCutOff) {
  Site site(small_limits());
  auto client = site.listener->connect();
  client->set_capacity(20);
  client->put(simple_get);
  site.world.run_for(1999ms);
  LONGS_EQUAL(1, site.server.figures().connections);
  site.world.run_for(2ms);
  LONGS_EQUAL(0, site.server.figures().connections);
}

TEST(HttpServerLimits, aPeerThatLeavesMidRequestIsForgotten) {
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

TEST(HttpServerLimits, connectionsBeyondABoundAreToldToComeBack) {
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

TEST(HttpServerLimits, aFloodBeyondTheBoundIsClosedUnheard) {
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

TEST(HttpServerLimits, aFailingAcceptIsReportedAndTriedAgainLater) {
  Site site;
  site.listener->fail_next_accept({relay::ErrorCode::io, "Too many open files"});
  site.world.settle();
  CHECK(site.world.log.contains("http_accept_failed"));
  auto client = site.listener->connect();
  STRCMP_EQUAL("nothing", status_of(site.exchange(*client, simple_get)).c_str());
  site.world.run_for(250ms);
  STRCMP_EQUAL("200", status_of(client->taken()).c_str());
}

TEST(HttpServerLimits, stoppingLetsRunningAnswersFinishAndClosesTheRest) {
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

TEST(HttpServerLimits, stoppingCancelsHandlersAfterTheGrace) {
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
