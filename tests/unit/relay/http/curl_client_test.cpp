#include "relay/http/curl_client.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <dlfcn.h>
#include <functional>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "relay/http/socket_listener.hpp"
#include "tests/unit/relay/http/loopback.hpp"

using namespace std::chrono_literals;
using fakes::port_of;
using fakes::RealWorld;
using relay::Millis;
using relay::Task;
using relay::http::ByteStream;
using relay::http::ClientFailure;
using relay::http::ClientOptions;
using relay::http::ClientRequest;
using relay::http::ClientResponse;
using relay::http::Listener;
using relay::http::Phase;

namespace {

using Outcome = std::expected<ClientResponse, ClientFailure>;

constexpr const char* ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// A peer that plays a script: for each connection in turn, a list of answers; each is given after one whole request
/// was read. Special answers: "" closes, "!" resets, "?" stays silent.
class ScriptedPeer {
 public:
  using Script = std::deque<std::vector<std::string>>;

  ScriptedPeer(RealWorld& world, Script script)
      : world_(world),
        script_(std::move(script)),
        listener_(*relay::http::listen_tcp(world.runtime(), "127.0.0.1", 0)),
        tasks_(world.runtime()) {
    tasks_.spawn("scripted_peer", accept_all(*this));
  }
  ~ScriptedPeer() {
    listener_->close();
    world_.run(tasks_.stop());
  }

  [[nodiscard]] std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + port() + path; }
  [[nodiscard]] std::string port() const { return port_of(listener_->address()); }

  std::vector<std::string> requests;  ///< Whole requests, in order of arrival.
  int connections = 0;

 private:
  static Task<> accept_all(ScriptedPeer& self) {
    while (true) {
      auto stream = co_await self.listener_->accept();
      if (!stream) co_return;
      ++self.connections;
      std::vector<std::string> answers;
      if (!self.script_.empty()) {
        answers = std::move(self.script_.front());
        self.script_.pop_front();
      }
      self.tasks_.spawn("scripted_connection", play(self, std::move(*stream), std::move(answers)));
    }
  }

  static Task<> play(ScriptedPeer& self, std::unique_ptr<ByteStream> stream, std::vector<std::string> answers) {
    for (const std::string& answer : answers) {
      std::string request;
      while (!is_whole(request)) {
        std::array<char, 4096> buffer{};
        auto got = co_await stream->read_some(buffer);
        if (!got || *got == 0) co_return;
        request.append(buffer.data(), *got);
      }
      self.requests.push_back(request);
      if (answer.empty()) co_return;
      if (answer == "?") {
        co_await relay::sleep_for(self.world_.runtime(), 60s);
        co_return;
      }
      auto written = co_await stream->write(answer);
      if (!written) co_return;
    }
  }

  static bool is_whole(const std::string& request) {
    const auto end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const auto length = request.find("Content-Length: ");
    const std::size_t body = length == std::string::npos ? 0 : std::stoul(request.substr(length + 16));
    return request.size() >= end + 4 + body;
  }

  RealWorld& world_;
  Script script_;
  std::unique_ptr<Listener> listener_;
  relay::TaskGroup tasks_;
};

/// The C library's resolver, which hangs for "hangs.test" as it does behind a dead uplink: until let go, and for 3 s at
/// most.
class HangingResolver {
 public:
  static HangingResolver& instance() {
    static HangingResolver made;
    return made;
  }
  void hang() {
    std::unique_lock lock(mutex_);
    ++hanging_;
    changed_.wait_for(lock, 3s, [this] { return released_; });
    --hanging_;
    changed_.notify_all();
  }
  /// Returns when no thread hangs any more.
  void let_go() {
    std::unique_lock lock(mutex_);
    released_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return hanging_ == 0; });
    released_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int hanging_ = 0;
  bool released_ = false;
};

/// A listener whose queue of connections is full: the kernel leaves further attempts without an answer.
class FullBacklog {
 public:
  FullBacklog() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    sockets_.push_back(::socket(AF_INET, SOCK_STREAM, 0));
    CHECK(::bind(sockets_[0], generic, size) == 0 && ::listen(sockets_[0], 0) == 0);
    CHECK(::getsockname(sockets_[0], generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < 3; ++i) {
      sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      (void)::connect(sockets_.back(), generic, size);
    }
  }
  ~FullBacklog() {
    for (const int fd : sockets_) ::close(fd);
  }
  FullBacklog(const FullBacklog&) = delete;
  FullBacklog& operator=(const FullBacklog&) = delete;
  [[nodiscard]] std::string port() const { return std::to_string(port_); }

 private:
  std::vector<int> sockets_;
  int port_ = 0;
};

}  // namespace

// Found by libcurl before the C library's own: a program's symbols come first.
extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  using Original = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto original = reinterpret_cast<Original>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  if (node != nullptr && std::string_view(node) == "hangs.test") {
    HangingResolver::instance().hang();
    return EAI_AGAIN;
  }
  return original(node, service, hints, result);
}

TEST_GROUP(CurlClient) {
  RealWorld world;
  relay::http::CurlPool pool{world.runtime()};
  ClientOptions options;

  ClientRequest request(std::string url, std::string method = "POST", std::string body = "hello") {
    return ClientRequest{std::move(method), std::move(url), {}, std::move(body), world.clock.steady() + 5s};
  }
  Outcome perform(ClientRequest made) {
    const auto client = make_client(pool, options);
    return world.run(client->perform(std::move(made)));
  }
};

TEST(CurlClient, sendsWhatItWasGivenAndNothingElse) {
  ScriptedPeer peer(world, {{ok_answer}});
  auto made = request(peer.url("/a/../b?x=%20"));
  made.headers = {
      {"X-One", "1"}, {"Content-Type", "text/plain"}, {"X-Empty", ""}, {"Host", "forged"}, {"Content-Length", "99"}};
  const Outcome outcome = perform(made);
  CHECK(outcome.has_value());
  LONGS_EQUAL(200, outcome->status);
  STRCMP_EQUAL("ok", outcome->body.c_str());
  CHECK(header_value(outcome->headers, "content-length") == "2");
  const std::string expected = "POST /a/../b?x=%20 HTTP/1.1\r\nHost: 127.0.0.1:" + peer.port() +
                               "\r\nX-One: 1\r\nContent-Type: text/plain\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello";
  STRCMP_EQUAL(expected.c_str(), peer.requests.at(0).c_str());
}

TEST(CurlClient, everyMethodHasItsShape) {
  ScriptedPeer peer(world,
                    {{ok_answer, ok_answer, "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", ok_answer, ok_answer}});
  for (const char* method : {"GET", "DELETE", "HEAD", "POST", "PATCH"}) {
    const std::string body = std::string(method) == "PATCH" ? "p" : "";
    CHECK_TEXT(perform(request(peer.url(), method, body)).has_value(), method);
    CHECK_TEXT(peer.requests.back().starts_with(std::string(method) + " / HTTP/1.1"), method);
  }
  CHECK(peer.requests.at(0).find("Content-Length") == std::string::npos);
  STRCMP_CONTAINS("Content-Length: 0", peer.requests.at(3).c_str());
  LONGS_EQUAL(1, peer.connections);
}

TEST(CurlClient, keepsConnections) {
  ScriptedPeer peer(world, {{ok_answer, ok_answer, ok_answer}});
  for (int i = 0; i < 3; ++i) CHECK(perform(request(peer.url())).has_value());
  LONGS_EQUAL(1, peer.connections);
  LONGS_EQUAL(1, pool.figures().sockets_opened);
  LONGS_EQUAL(3, pool.figures().exchanges);
  LONGS_EQUAL(0, pool.figures().running);
}

// libcurl by itself sends the request again on a fresh connection here (docs/decisions/0006-outgoing-http.md).
TEST(CurlClient, aRequestOnAKeptConnectionThatDiesIsNotSentTwice) {
  for (const char* method : {"POST", "GET", "PUT", "DELETE"}) {
    for (const std::string& body : {std::string(), std::string("text=hello"), std::string(100'000, 'x')}) {
      ScriptedPeer peer(world, {{ok_answer, ""}, {ok_answer, ok_answer}});
      CHECK(perform(request(peer.url("/first"), method, body)).has_value());
      const Outcome outcome = perform(request(peer.url("/second"), method, body));
      CHECK_FALSE_TEXT(outcome.has_value(), method);
      CHECK(outcome.error().request_byte_left);
      CHECK(outcome.error().phase == Phase::receive);
      STRCMP_CONTAINS("not repeated", outcome.error().message.c_str());
      LONGS_EQUAL(2, peer.requests.size());
    }
  }
}

TEST(CurlClient, aKeptConnectionThatThePeerClosedMeanwhileIsReplacedBeforeSending) {
  ScriptedPeer peer(world, {{ok_answer}, {ok_answer}});
  CHECK(perform(request(peer.url())).has_value());
  world.run([](relay::Runtime runtime) -> Task<> { co_await relay::sleep_for(runtime, 20ms); }(world.runtime()));
  CHECK(perform(request(peer.url())).has_value());
  LONGS_EQUAL(2, peer.requests.size());
  LONGS_EQUAL(2, peer.connections);
}

TEST(CurlClient, anUnknownNameFailsInTheResolver) {
  const Outcome outcome = perform(request("http://no-such-host.invalid/"));
  CHECK(outcome.error().phase == Phase::resolve);
  CHECK_FALSE(outcome.error().request_byte_left);
  CHECK_FALSE(outcome.error().timed_out);
}

TEST(CurlClient, aResolverThatHangsHoldsNobody) {
  ScriptedPeer peer(world, {{ok_answer}});
  auto hanging = request("http://hangs.test/");
  hanging.deadline = world.clock.steady() + 100ms;
  const auto begun = world.clock.steady();
  const Outcome outcome = perform(hanging);
  CHECK(perform(request(peer.url())).has_value());
  CHECK((world.clock.steady() - begun) < 1s);
  CHECK(outcome.error().phase == Phase::resolve);
  CHECK(outcome.error().timed_out);
  CHECK_FALSE(outcome.error().request_byte_left);
  HangingResolver::instance().let_go();
}

TEST(CurlClient, aRefusedConnectionFailsInConnect) {
  std::string url;
  {
    url = ScriptedPeer(world, {}).url();
  }
  const Outcome outcome = perform(request(url));
  CHECK(outcome.error().phase == Phase::connect);
  CHECK_FALSE(outcome.error().request_byte_left);
  STRCMP_CONTAINS("refused", outcome.error().message.c_str());
}

TEST(CurlClient, aPeerThatNeverAcceptsTimesOutInConnect) {
  const FullBacklog peer;
  options.connect_timeout = 150ms;
  const Outcome outcome = perform(request("http://127.0.0.1:" + peer.port() + "/"));
  CHECK(outcome.error().phase == Phase::connect);
  CHECK(outcome.error().timed_out);
  CHECK_FALSE(outcome.error().request_byte_left);
}

TEST(CurlClient, silenceAfterTheRequestTimesOutWithTheRequestGone) {
  ScriptedPeer peer(world, {{"?"}});
  auto made = request(peer.url());
  made.deadline = world.clock.steady() + 100ms;
  const Outcome outcome = perform(made);
  CHECK(outcome.error().phase == Phase::receive);
  CHECK(outcome.error().request_byte_left);
  CHECK(outcome.error().timed_out);
}

TEST(CurlClient, aDeadlineInThePastSendsNothing) {
  ScriptedPeer peer(world, {{ok_answer}});
  auto made = request(peer.url());
  made.deadline = world.clock.steady();
  const Outcome outcome = perform(made);
  CHECK(outcome.error().timed_out);
  CHECK_FALSE(outcome.error().request_byte_left);
  LONGS_EQUAL(0, peer.connections);
}

TEST(CurlClient, anEndWithoutAnAnswerLeavesTheOutcomeOpen) {
  ScriptedPeer peer(world, {{""}});
  const Outcome outcome = perform(request(peer.url()));
  CHECK(outcome.error().phase == Phase::receive);
  CHECK(outcome.error().request_byte_left);
  LONGS_EQUAL(1, peer.connections);
}

TEST(CurlClient, aTruncatedAnswerIsNoAnswer) {
  ScriptedPeer peer(world, {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", ""}});
  auto made = request(peer.url());
  made.deadline = world.clock.steady() + 200ms;
  const Outcome outcome = perform(made);
  CHECK_FALSE(outcome.has_value());
  CHECK(outcome.error().request_byte_left);
  CHECK(outcome.error().phase == Phase::receive);
}

TEST(CurlClient, anAnswerBeyondTheBoundIsRefused) {
  options.max_response_bytes = 1000;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: ";
  ScriptedPeer peer(world,
                    {{head + "1000\r\n\r\n" + std::string(1000, 'b'), head + "1001\r\n\r\n" + std::string(1001, 'b')},
                     {"HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'h') + "\r\n\r\n"}});
  LONGS_EQUAL(1000, perform(request(peer.url()))->body.size());
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = perform(request(peer.url()));
    CHECK_FALSE(outcome.has_value());
    CHECK(outcome.error().request_byte_left);
    CHECK(outcome.error().phase == Phase::receive);
  }
}

TEST(CurlClient, garbageIsNoAnswer) {
  ScriptedPeer peer(world, {{"220 mail.example ESMTP\r\n", ""}});
  const Outcome outcome = perform(request(peer.url()));
  CHECK_FALSE(outcome.has_value());
  CHECK(outcome.error().request_byte_left);
}

TEST(CurlClient, redirectsAreAnswersAndInterimAnswersAreNot) {
  ScriptedPeer peer(world, {{"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 302 Found\r\nLocation: "
                             "/x\r\nContent-Length: 0\r\n\r\n"}});
  const Outcome outcome = perform(request(peer.url()));
  LONGS_EQUAL(302, outcome->status);
  CHECK(header_value(outcome->headers, "X-Early").empty());
  LONGS_EQUAL(1, peer.requests.size());
}

TEST(CurlClient, aHeaderCannotSmuggleAnother) {
  ScriptedPeer peer(world, {{ok_answer}});
  auto made = request(peer.url());
  made.headers = {{"X-One", "1\r\nX-Two: 2"}};
  const Outcome outcome = perform(made);
  CHECK_FALSE(outcome.has_value());
  CHECK_FALSE(outcome.error().request_byte_left);
  LONGS_EQUAL(0, peer.requests.size());
}

TEST(CurlClient, theEnvironmentsProxyIsNotUsed) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  ScriptedPeer peer(world, {{ok_answer}});
  CHECK(perform(request(peer.url())).has_value());
  unsetenv("http_proxy");
}

TEST(CurlClient, connectToLeadsANameElsewhere) {
  ScriptedPeer peer(world, {{ok_answer}});
  options.connect_to = {"api.twilio.com:80:127.0.0.1:" + peer.port()};
  CHECK(perform(request("http://api.twilio.com/x")).has_value());
  STRCMP_CONTAINS("Host: api.twilio.com\r\n", peer.requests.at(0).c_str());
}

TEST(CurlClient, cancellingClosesTheConnectionAtOnce) {
  ScriptedPeer peer(world, {{"?"}});
  const auto client = make_client(pool, options);
  const auto begun = world.clock.steady();
  world.run([](RealWorld& w, relay::http::Client& c, ClientRequest r, ScriptedPeer& p) -> Task<> {
    relay::TaskGroup group(w.runtime());
    group.spawn("exchange", [](relay::http::Client& cl, ClientRequest re) -> Task<> {
      co_await cl.perform(std::move(re));
    }(c, std::move(r)));
    while (p.requests.empty()) co_await relay::sleep_for(w.runtime(), 1ms);
    co_await group.stop();
  }(world, *client, request(peer.url()), peer));
  CHECK((world.clock.steady() - begun) < 2s);
  LONGS_EQUAL(0, pool.figures().running);
}

TEST(CurlClient, manyExchangesRunAtATime) {
  ScriptedPeer peer(world, ScriptedPeer::Script(20, {ok_answer}));
  const auto client = make_client(pool, options);
  int answered = 0;
  world.run([](RealWorld& w, relay::http::Client& c, std::string url, int& count) -> Task<> {
    relay::TaskGroup group(w.runtime());
    for (int i = 0; i < 20; ++i) {
      group.spawn("exchange", [](RealWorld& wo, relay::http::Client& cl, std::string u, int& n) -> Task<> {
        ClientRequest made{"POST", std::move(u), {}, "x", wo.clock.steady() + 5s};
        auto outcome = co_await cl.perform(std::move(made));
        if (outcome) ++n;
      }(w, c, url, count));
    }
    while (group.size() > 0) co_await relay::sleep_for(w.runtime(), 1ms);
  }(world, *client, peer.url(), answered));
  LONGS_EQUAL(20, answered);
}
