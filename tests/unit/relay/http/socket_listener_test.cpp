#include "relay/http/socket_listener.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <CppUTest/TestHarness.h>

#include "relay/http/curl_client.hpp"
#include "relay/http/server.hpp"
#include "tests/unit/relay/http/certificates.hpp"
#include "tests/unit/relay/http/loopback.hpp"

using namespace std::chrono_literals;
using fakes::port_of;
using relay::ErrorCode;
using relay::Task;
using relay::http::listen_tcp;
using relay::http::listen_unix;
using relay::http::ServerRequest;
using relay::http::ServerResponse;

namespace {

Task<ServerResponse> tell_peer(const ServerRequest& request) { co_return ServerResponse{200, {}, request.peer}; }

}  // namespace

TEST_GROUP(SocketListener) {
  fakes::RealWorld world;
  fakes::TemporaryDirectory directory;
  relay::http::CurlPool pool{world.runtime()};
  relay::http::Server server{world.runtime(), {}, &tell_peer};
  relay::http::ClientOptions options;

  std::string get(const std::string& url) {
    const auto client = make_client(pool, options);
    auto outcome = world.run(client->perform({"GET", url, {}, "", world.clock.steady() + 5s}));
    return outcome ? outcome->body : outcome.error().message;
  }
  void teardown() override { world.run(server.stop(0ms)); }
};

TEST(SocketListener, tcpTellsItsPortAndItsPeers) {
  auto listener = *listen_tcp(world.runtime(), "127.0.0.1", 0);
  const std::string port = port_of(listener->address());
  CHECK(port != "0");
  server.serve(std::move(listener));
  STRCMP_EQUAL("127.0.0.1", get("http://127.0.0.1:" + port + "/").c_str());
}

TEST(SocketListener, anAddressInUseIsAConflictAndANameIsNoAddress) {
  auto listener = *listen_tcp(world.runtime(), "127.0.0.1", 0);
  const auto port = static_cast<std::uint16_t>(std::stoi(port_of(listener->address())));
  CHECK(listen_tcp(world.runtime(), "127.0.0.1", port).error().code == ErrorCode::conflict);
  CHECK(listen_tcp(world.runtime(), "localhost", 0).error().code == ErrorCode::invalid_argument);
  listener->close();
  CHECK(listen_tcp(world.runtime(), "127.0.0.1", port).has_value());
}

TEST(SocketListener, unixHasItsModeItsPeersUserAndLeavesNoFile) {
  const std::string path = directory.file("api.sock");
  auto listener = *listen_unix(world.runtime(), path, 0660);
  struct stat info{};
  CHECK(::stat(path.c_str(), &info) == 0);
  LONGS_EQUAL(0660, info.st_mode & 0777);
  server.serve(std::move(listener));
  options.unix_socket = path;
  STRCMP_EQUAL(("unix:uid=" + std::to_string(getuid())).c_str(), get("http://localhost/").c_str());
  world.run(server.stop(0ms));
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST(SocketListener, aDeadSocketFileIsReplacedALiveOneIsNot) {
  const std::string path = directory.file("api.sock");
  {
    auto listener = *listen_unix(world.runtime(), path, 0600);
    CHECK(listen_unix(world.runtime(), path, 0600).error().code == ErrorCode::conflict);
    std::filesystem::create_hard_link(path, directory.file("left-over.sock"));
  }
  CHECK(listen_unix(world.runtime(), directory.file("left-over.sock"), 0600).has_value());
  CHECK(listen_unix(world.runtime(), directory.file(std::string(200, 'x')), 0600).error().code ==
        ErrorCode::invalid_argument);
}

TEST(SocketListener, closingEndsAWaitingAccept) {
  auto listener = *listen_tcp(world.runtime(), "127.0.0.1", 0);
  relay::TaskGroup group(world.runtime());
  ErrorCode seen = ErrorCode::internal;
  group.spawn("accept", [](relay::http::Listener& l, ErrorCode& code) -> Task<> {
    auto accepted = co_await l.accept();
    code = accepted.error().code;
  }(*listener, seen));
  world.run([](relay::Runtime runtime, relay::http::Listener& l, relay::TaskGroup& g) -> Task<> {
    co_await relay::yield_now(runtime);
    co_await relay::yield_now(runtime);
    l.close();
    while (g.size() > 0) co_await relay::yield_now(runtime);
  }(world.runtime(), *listener, group));
  CHECK(seen == ErrorCode::cancelled);
}
