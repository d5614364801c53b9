#include "hal/linux/tcp_serial_port.hpp"

#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/task.hpp"
#include "relay/base/within.hpp"

namespace hal {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr auto as_values = asio::experimental::as_tuple(asio::use_awaitable);
constexpr relay::Millis connect_limit{10'000};
// Silence for 10 s, then a question each 5 s; three without an answer are the end. Sent and not acknowledged: 25 s too.
constexpr int idle_s = 10;
constexpr int question_s = 5;
constexpr int questions = 3;
constexpr unsigned unacknowledged_ms = 25'000;

void set(int fd, int level, int option, unsigned value) {
  // Without one of them a dead server is noticed later; nothing else changes.
  (void)::setsockopt(fd, level, option, &value, sizeof value);
}

/// What an open port and its connecting coroutine share: the port may go first.
struct Line {
  enum class State : std::uint8_t { connecting, up, failed, closed };
  Line(relay::Runtime r, std::string n)
      : runtime(r), socket(r.executor), resolver(r.executor), changed(r), name(std::move(n)) {}

  void enter(State next) {
    if (state == State::closed) return;
    state = next;
    changed.notify();
  }

  relay::Runtime runtime;
  asio::ip::tcp::socket socket;
  asio::ip::tcp::resolver resolver;
  relay::Notification changed;
  std::string name;  ///< "serial server 192.168.1.20:4001"
  State state = State::connecting;
  std::string trouble;
};

Task<asio::error_code> reach(std::shared_ptr<Line> line, SerialServer server) {
  auto [unresolved, places] = co_await line->resolver.async_resolve(server.host, server.port, as_values);
  if (unresolved) co_return unresolved;
  auto [refused, place] = co_await asio::async_connect(line->socket, places, as_values);
  co_return refused;
}

Task<> connect(std::shared_ptr<Line> line, SerialServer server) {
  const auto limit = line->runtime.clock.steady() + connect_limit;
  const auto ended = co_await relay::within(line->runtime, limit, reach(line, std::move(server)));
  asio::error_code ignored;  // of a socket that ends here
  if (line->state == Line::State::closed) {
    line->socket.close(ignored);
    co_return;
  }
  if (!ended || *ended) {
    line->trouble = ended ? ended->message() : "no answer";
    line->socket.close(ignored);
    line->enter(Line::State::failed);
    co_return;
  }
  const int fd = line->socket.native_handle();
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle_s);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, question_s);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, questions);
  set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_ms);
  line->enter(Line::State::up);
}

class TcpSerialPort final : public SerialPort {
 public:
  explicit TcpSerialPort(std::shared_ptr<Line> line) : line_(std::move(line)) {}
  ~TcpSerialPort() override { TcpSerialPort::close(); }

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    const auto line = line_;  // the port may go while we wait
    const auto up = co_await connected(line);
    if (!up) co_return std::unexpected(up.error());
    auto [error, size] = co_await line->socket.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_values);
    if (error) co_return describe(*line, error);
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    const auto line = line_;
    const auto up = co_await connected(line);
    if (!up) co_return std::unexpected(up.error());
    auto [error, size] = co_await asio::async_write(line->socket, asio::buffer(bytes.data(), bytes.size()), as_values);
    if (error) co_return describe(*line, error);
    co_return size;
  }

  void discard_input() override {
    if (line_->state != Line::State::up) return;
    std::array<char, 4096> buffer{};
    while (::recv(line_->socket.native_handle(), buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
    }
  }

  void close() override {
    line_->enter(Line::State::closed);
    asio::error_code ignored;  // closing what may be closed already
    line_->resolver.cancel();
    line_->socket.close(ignored);
  }

 private:
  static Task<Result<void>> connected(std::shared_ptr<Line> line) {
    while (line->state == Line::State::connecting) {
      const bool woken = co_await line->changed.wait();
      if (!woken) co_return fail(ErrorCode::cancelled, "the wait for the " + line->name + " was cancelled");
    }
    if (line->state == Line::State::failed)
      co_return fail(ErrorCode::io, concat("the ", line->name, " cannot be reached: ", line->trouble));
    if (line->state == Line::State::closed) co_return fail(ErrorCode::cancelled, line->name + " was closed");
    co_return Result<void>{};
  }

  static std::unexpected<relay::Error> describe(const Line& line, const asio::error_code& error) {
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor)
      return fail(ErrorCode::cancelled, line.name + " was closed");
    return fail(ErrorCode::io, concat("the ", line.name, " is gone: ", error.message()));
  }

  std::shared_ptr<Line> line_;
};

}  // namespace

std::unique_ptr<SerialPort> make_tcp_serial_port(relay::Runtime runtime, const SerialServer& server) {
  auto line = std::make_shared<Line>(runtime, concat("serial server ", server.host, ":", server.port));
  asio::co_spawn(runtime.executor, connect(line, server), asio::detached);
  return std::make_unique<TcpSerialPort>(std::move(line));
}

}  // namespace hal
