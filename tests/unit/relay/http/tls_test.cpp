#include "relay/http/tls.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include <CppUTest/TestHarness.h>

#include "relay/http/curl_client.hpp"
#include "relay/http/server.hpp"
#include "relay/http/socket_listener.hpp"
#include "tests/fakes/memory_stream.hpp"
#include "tests/unit/relay/http/certificates.hpp"
#include "tests/unit/relay/http/loopback.hpp"

using namespace std::chrono_literals;
using fakes::port_of;
using relay::Task;
using relay::http::ByteStream;
using relay::http::ClientFailure;
using relay::http::ClientRequest;
using relay::http::ClientResponse;
using relay::http::Phase;
using relay::http::ServerRequest;
using relay::http::ServerResponse;
using relay::http::TlsIdentity;
using relay::http::TlsListener;

namespace {

Task<ServerResponse> echo(const ServerRequest& request) { co_return ServerResponse{200, {}, request.body}; }

std::unique_ptr<TlsListener> listen(relay::Runtime runtime, std::unique_ptr<relay::http::Listener> inner,
                                    const TlsIdentity& identity) {
  auto made = TlsListener::make(runtime, std::move(inner), identity);
  CHECK_TEXT(made.has_value(), made ? "" : made.error().message.c_str());
  return std::move(*made);
}

}  // namespace

// Our server with our certificates, libcurl (OpenSSL) as the client: two implementations that must agree.
TEST_GROUP(TlsOverLoopback) {
  fakes::RealWorld world;
  fakes::TemporaryDirectory directory;
  fakes::TestAuthority authority{directory, "authority"};
  relay::http::CurlPool pool{world.runtime()};
  relay::http::Server server{world.runtime(), {}, &echo};
  relay::http::ClientOptions options;
  TlsListener* listener = nullptr;
  std::string port;

  void serve(const std::string& host, int from_year = 2020, int to_year = 2120) {
    authority.issue("server", host, from_year, to_year);
    auto tcp = *relay::http::listen_tcp(world.runtime(), "127.0.0.1", 0);
    port = port_of(tcp->address());
    auto tls = listen(world.runtime(), std::move(tcp), {authority.file("server.pem"), authority.file("server.key")});
    listener = tls.get();
    server.serve(std::move(tls));
    options.ca_file = authority.ca_file();
    options.connect_to = {"gateway.example:443:127.0.0.1:" + port};
  }
  std::expected<ClientResponse, ClientFailure> perform(const std::string& body = "hello") {
    const auto client = make_client(pool, options);
    return world.run(client->perform({"POST", "https://gateway.example/", {}, body, world.clock.steady() + 5s}));
  }
  void teardown() override { world.run(server.stop(0ms)); }
};

TEST(TlsOverLoopback, requestsAndAnswersOfAllSizesPass) {
  serve("gateway.example");
  for (const std::size_t size : {0U, 1U, 5U, 16'383U, 16'384U, 16'385U, 60'000U}) {
    const std::string body(size, 'b');
    const auto outcome = perform(body);
    CHECK_TEXT(outcome.has_value(), outcome ? "" : outcome.error().message.c_str());
    CHECK(outcome->body == body);
  }
  LONGS_EQUAL(1, pool.figures().sockets_opened);
}

TEST(TlsOverLoopback, aStrangersCertificateIsRefusedBeforeAnyByteLeaves) {
  serve("gateway.example");
  const fakes::TestAuthority stranger(directory, "stranger");
  options.ca_file = stranger.ca_file();
  const auto outcome = perform();
  CHECK(outcome.error().phase == Phase::tls);
  CHECK(outcome.error().certificate_refused);
  CHECK_FALSE(outcome.error().request_byte_left);
  LONGS_EQUAL(0, server.figures().requests);
}

TEST(TlsOverLoopback, theSystemsStoreDoesNotKnowOurAuthority) {
  serve("gateway.example");
  options.ca_file.clear();
  const auto outcome = perform();
  CHECK(outcome.error().certificate_refused);
  CHECK_FALSE(outcome.error().request_byte_left);
}

TEST(TlsOverLoopback, anotherHostsCertificateIsRefused) {
  serve("elsewhere.example");
  const auto outcome = perform();
  CHECK(outcome.error().phase == Phase::tls);
  CHECK(outcome.error().certificate_refused);
  CHECK_FALSE(outcome.error().request_byte_left);
}

TEST(TlsOverLoopback, anExpiredCertificateIsRefused) {
  serve("gateway.example", 2020, 2021);
  const auto outcome = perform();
  CHECK(outcome.error().certificate_refused);
  CHECK_FALSE(outcome.error().request_byte_left);
}

TEST(TlsOverLoopback, anUnreadableTrustFileIsToldAsSuch) {
  serve("gateway.example");
  options.ca_file = directory.file("missing.pem");
  const auto outcome = perform();
  CHECK(outcome.error().certificate_refused);
  CHECK_FALSE(outcome.error().request_byte_left);
  STRCMP_CONTAINS("missing.pem", outcome.error().message.c_str());
}

TEST(TlsOverLoopback, aTrustedConnectionIsNotLentToAClientWithOtherTrust) {
  serve("gateway.example");
  CHECK(perform().has_value());
  const fakes::TestAuthority stranger(directory, "stranger");
  options.ca_file = stranger.ca_file();
  CHECK(perform().error().certificate_refused);
}

TEST(TlsOverLoopback, aPeerWithoutTlsFailsInTheHandshake) {
  relay::http::Server plain(world.runtime(), {}, &echo);
  auto tcp = *relay::http::listen_tcp(world.runtime(), "127.0.0.1", 0);
  options.connect_to = {"gateway.example:443:127.0.0.1:" + port_of(tcp->address())};
  plain.serve(std::move(tcp));
  const auto outcome = perform();
  CHECK(outcome.error().phase == Phase::tls);
  CHECK_FALSE(outcome.error().certificate_refused);
  CHECK_FALSE(outcome.error().request_byte_left);
  world.run(plain.stop(0ms));
}

TEST(TlsOverLoopback, aPeerSilentInTheHandshakeTimesOutThere) {
  auto tcp = *relay::http::listen_tcp(world.runtime(), "127.0.0.1", 0);
  options.connect_to = {"gateway.example:443:127.0.0.1:" + port_of(tcp->address())};
  options.connect_timeout = 150ms;
  const auto outcome = perform();
  CHECK(outcome.error().phase == Phase::tls);
  CHECK(outcome.error().timed_out);
  CHECK_FALSE(outcome.error().request_byte_left);
}

TEST(TlsOverLoopback, aRenewedCertificateServesNewConnectionsOnly) {
  serve("gateway.example");
  CHECK(perform().has_value());
  authority.issue("server", "renamed.example");
  CHECK(listener->reload().has_value());
  CHECK(perform("kept connection").has_value());
  relay::http::CurlPool fresh(world.runtime());
  const auto client = make_client(fresh, options);
  const auto outcome =
      world.run(client->perform({"POST", "https://gateway.example/", {}, "", world.clock.steady() + 5s}));
  CHECK(outcome.error().certificate_refused);
}

TEST(TlsOverLoopback, aBrokenRenewalKeepsTheOldCertificate) {
  serve("gateway.example");
  std::filesystem::remove(authority.file("server.pem"));
  const auto reloaded = listener->reload();
  CHECK(reloaded.error().code == relay::ErrorCode::invalid_argument);
  STRCMP_CONTAINS("server.pem", reloaded.error().message.c_str());
  CHECK(perform().has_value());
}

TEST_GROUP(TlsInMemory) {
  fakes::VirtualRuntime world;
  fakes::TemporaryDirectory directory;
  fakes::TestAuthority authority{directory, "authority"};
  fakes::MemoryListener* memory = nullptr;
  std::unique_ptr<TlsListener> listener;

  void setup() override {
    authority.issue("server", "gateway.example");
    auto made = std::make_unique<fakes::MemoryListener>(world.runtime());
    memory = made.get();
    listener = listen(world.runtime(), std::move(made), {authority.file("server.pem"), authority.file("server.key")});
  }
};

TEST(TlsInMemory, ourClientAndServerAgree) {
  auto client = *tls_client(world.runtime(), memory->connect(), authority.ca_file(), "gateway.example");
  auto server = *world.run(listener->accept());
  const std::string sent(40'000, 's');
  std::string received;
  relay::TaskGroup group(world.runtime());
  group.spawn("server", [](ByteStream& stream, std::string& all, std::size_t size) -> Task<> {
    while (all.size() < size) {
      std::array<char, 1000> buffer{};
      auto got = co_await stream.read_some(buffer);
      if (!got || *got == 0) co_return;
      all.append(buffer.data(), *got);
    }
    co_await stream.write("thanks");
  }(*server, received, sent.size()));
  LONGS_EQUAL(sent.size(), *world.run(client->write(sent)));
  std::array<char, 100> buffer{};
  LONGS_EQUAL(6, *world.run(client->read_some(buffer)));
  CHECK(received == sent);
  STRCMP_EQUAL("192.0.2.1", server->peer().c_str());
  server->close();
  LONGS_EQUAL(0, *world.run(client->read_some(buffer)));
}

TEST(TlsInMemory, ourClientRefusesAnotherHost) {
  auto client = *tls_client(world.runtime(), memory->connect(), authority.ca_file(), "bank.example");
  auto server = *world.run(listener->accept());
  relay::TaskGroup group(world.runtime());
  group.spawn("server", [](ByteStream& stream) -> Task<> {
    std::array<char, 10> buffer{};
    auto got = co_await stream.read_some(buffer);
    CHECK_FALSE(got.has_value());
  }(*server));
  CHECK(world.run(client->write("secret")).error().code == relay::ErrorCode::io);
  world.settle();
  LONGS_EQUAL(0, group.size());
}

TEST(TlsInMemory, aClientSilentInTheHandshakeIsCutInTime) {
  auto client = memory->connect();
  auto server = *world.run(listener->accept());
  const auto begun = world.clock.steady();
  std::array<char, 10> buffer{};
  const auto got = world.run(server->read_some(buffer));
  CHECK(got.error().code == relay::ErrorCode::timeout);
  CHECK((world.clock.steady() - begun) == relay::Millis{10'000});
}

TEST(TlsInMemory, noiseIsNoHandshake) {
  auto client = memory->connect();
  auto server = *world.run(listener->accept());
  client->put("GET / HTTP/1.1\r\nHost: box\r\n\r\n");
  std::array<char, 10> buffer{};
  CHECK(world.run(server->read_some(buffer)).error().code == relay::ErrorCode::io);
}

TEST(TlsInMemory, filesThatDoNotFitTogetherAreRefusedAtOnce) {
  authority.issue("other", "gateway.example");
  auto wrong = TlsListener::make(world.runtime(), std::make_unique<fakes::MemoryListener>(world.runtime()),
                                 {authority.file("server.pem"), authority.file("other.key")});
  CHECK(wrong.error().code == relay::ErrorCode::invalid_argument);
  STRCMP_CONTAINS("other.key", wrong.error().message.c_str());
}
