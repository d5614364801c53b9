#include <deque>

#include <CppUTest/TestHarness.h>

#include "relay/http/server.hpp"
#include "tests/fakes/memory_stream.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::http;
using std::chrono::seconds;

namespace {

/// Hands out what the test gives it; ends when told or stopped.
class Drip final : public BodySource {
 public:
  explicit Drip(Runtime runtime) : news_(runtime) {}
  Task<std::string> next() override {
    while (pieces.empty() && !ended) co_await news_.wait();
    if (pieces.empty()) co_return std::string{};
    std::string piece = std::move(pieces.front());
    pieces.pop_front();
    co_return piece;
  }
  void stop() override {
    stopped = true;
    end();
  }
  void give(std::string piece) {
    pieces.push_back(std::move(piece));
    news_.notify();
  }
  void end() {
    ended = true;
    news_.notify();
  }
  std::deque<std::string> pieces;
  bool ended = false;
  bool stopped = false;

 private:
  Notification news_;
};

}  // namespace

TEST_GROUP(HttpBodySource) {
  fakes::VirtualRuntime world;
  std::shared_ptr<Drip> drip = std::make_shared<Drip>(world.runtime());
  std::unique_ptr<Server> server;
  fakes::MemoryListener* listener = nullptr;

  void setup() override {
    server = std::make_unique<Server>(world.runtime(), ServerLimits{}, [this](const ServerRequest& request) {
      return answer(drip, request.path == "/drip");
    });
    auto made = std::make_unique<fakes::MemoryListener>(world.runtime());
    listener = made.get();
    server->serve(std::move(made));
    world.settle();
  }
  void teardown() override {
    world.run(server->stop(Millis{0}));
    server.reset();
  }
  static Task<ServerResponse> answer(std::shared_ptr<Drip> source, bool streams) {
    ServerResponse response{.headers = {{"Content-Type", "text/plain"}}, .body = "whole"};
    if (streams) response.source = std::move(source);
    co_return response;
  }
  std::string exchange(fakes::MemoryStream & client, std::string_view bytes) {
    client.put(bytes);
    world.settle();
    return client.taken();
  }
  std::string after(fakes::MemoryStream & client, std::string piece) {
    drip->give(std::move(piece));
    world.settle();
    return client.taken();
  }
};

TEST(HttpBodySource, itsPiecesLeaveAsTheyComeAndTheConnectionIsKept) {
  auto client = listener->connect();
  const std::string head = exchange(*client, "GET /drip HTTP/1.1\r\nHost: b\r\n\r\n");
  STRCMP_CONTAINS("Transfer-Encoding: chunked\r\n\r\n", head.c_str());
  CHECK(!head.contains("Content-Length"));
  STRCMP_EQUAL("5\r\nhello\r\n", after(*client, "hello").c_str());
  world.run_for(seconds{120});  // longer than the idle time: a stream that says nothing is no idle connection
  STRCMP_EQUAL("1a\r\nabcdefghijklmnopqrstuvwxyz\r\n", after(*client, "abcdefghijklmnopqrstuvwxyz").c_str());
  drip->end();
  world.settle();
  STRCMP_EQUAL("0\r\n\r\n", client->taken().c_str());
  STRCMP_CONTAINS("\r\n\r\nwhole", exchange(*client, "GET /w HTTP/1.1\r\nHost: b\r\n\r\n").c_str());
}

TEST(HttpBodySource, anHttp10ClientReadsToTheEndOfTheConnection) {
  auto client = listener->connect();
  const std::string head = exchange(*client, "GET /drip HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(!head.contains("chunked") && !head.contains("Content-Length"));
  STRCMP_CONTAINS("Connection: close", head.c_str());
  STRCMP_EQUAL("hello", after(*client, "hello").c_str());
  drip->end();
  world.settle();
  CHECK_TRUE(client->peer_closed());
}

TEST(HttpBodySource, headIsAnsweredWithoutIt) {
  auto client = listener->connect();
  const std::string head = exchange(*client, "HEAD /drip HTTP/1.1\r\nHost: b\r\n\r\n");
  CHECK(head.ends_with("\r\n\r\n"));
  STRCMP_CONTAINS("200", exchange(*client, "HEAD /w HTTP/1.1\r\nHost: b\r\n\r\n").c_str());
}

TEST(HttpBodySource, theServersStopEndsIt) {
  auto client = listener->connect();
  exchange(*client, "GET /drip HTTP/1.1\r\nHost: b\r\n\r\n");
  const SteadyTime before = world.clock.steady();
  world.run(server->stop(seconds{5}));
  CHECK_TRUE(drip->stopped);
  CHECK(world.clock.steady() - before < seconds{1});
  STRCMP_EQUAL("0\r\n\r\n", client->taken().c_str());
}

TEST(HttpBodySource, aClientThatHasGoneIsNoticedByTheNextPiece) {
  auto client = listener->connect();
  exchange(*client, "GET /drip HTTP/1.1\r\nHost: b\r\n\r\n");
  client->close();
  LONGS_EQUAL(1, server->figures().connections);
  drip->give("hello");
  world.settle();
  LONGS_EQUAL(0, server->figures().connections);
}
