#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>

#include <CppUTest/TestHarness.h>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include "hal/linux/serial_ports.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/system_runtime.hpp"
#include "relay/base/within.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using asio::ip::tcp;
using relay::ErrorCode;
using relay::Result;
using relay::Task;

namespace {

struct Heard {
  std::optional<Result<std::size_t>> result;
  std::string bytes;
};

Task<> read_into(hal::SerialPort& port, Heard& heard) {
  std::array<char, 64> buffer{};
  auto result = co_await port.read_some(buffer);
  if (result) heard.bytes.assign(buffer.data(), *result);
  heard.result = std::move(result);
}

Task<> write_from(hal::SerialPort& port, std::string bytes, std::optional<Result<std::size_t>>& result) {
  auto written = co_await port.write(bytes);
  result = std::move(written);
}

Task<> read_for(relay::Runtime runtime, hal::SerialPort& port, std::optional<bool>& cancelled) {
  std::array<char, 64> buffer{};
  const auto limit = runtime.clock.steady() + relay::Millis{20};
  const auto result = co_await relay::within(runtime, limit, port.read_some(buffer));
  cancelled = !result.has_value();
}

}  // namespace

/// A serial server on the loopback.
TEST_GROUP(TcpSerial) {
  asio::io_context loop;
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers{loop.get_executor(), clock};
  fakes::RecordedLog log;
  relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};
  hal::LinuxSerialPorts ports{runtime};
  std::optional<tcp::acceptor> server;
  std::optional<tcp::socket> line;  ///< The server's end.

  void setup() override { server.emplace(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)); }

  [[nodiscard]] std::string device(const std::string& host = "127.0.0.1") const {
    return relay::concat("tcp:", host, ":", server->local_endpoint().port());
  }
  std::unique_ptr<hal::SerialPort> open() {
    auto port = ports.open({.device = device()});
    CHECK(port.has_value());
    return std::move(*port);
  }
  void run_until(const auto& done) {
    while (!done()) {
      loop.restart();
      if (loop.run_one() == 0) FAIL("the loop has nothing to wait for");
    }
  }
  void accept() {
    server->async_accept([this](asio::error_code error, tcp::socket socket) {
      if (!error) line.emplace(std::move(socket));
    });
    run_until([this] { return line.has_value(); });
  }
  template <class T>
  void spawn(T task) {
    asio::co_spawn(loop, std::move(task), asio::detached);
  }
  std::string hear() {
    std::string bytes(64, ' ');
    bytes.resize(line->read_some(asio::buffer(bytes)));
    return bytes;
  }
};

TEST(TcpSerial, carriesBytesBothWays) {
  const auto port = open();
  std::optional<Result<std::size_t>> written;
  spawn(write_from(*port, "AT\r", written));  // before it is connected
  accept();
  run_until([&] { return written.has_value(); });
  LONGS_EQUAL(3, **written);
  STRCMP_EQUAL("AT\r", hear().c_str());
  Heard heard;
  spawn(read_into(*port, heard));
  asio::write(*line, asio::buffer("\r\nOK\r\n", 6));
  run_until([&] { return heard.result.has_value(); });
  STRCMP_EQUAL("\r\nOK\r\n", heard.bytes.c_str());
}

TEST(TcpSerial, aReaderAndAWriterBothWaitForTheConnection) {
  const auto port = open();
  Heard heard;
  std::optional<Result<std::size_t>> written;
  spawn(read_into(*port, heard));
  spawn(write_from(*port, "ATI\r", written));
  accept();
  run_until([&] { return written.has_value(); });
  asio::write(*line, asio::buffer("OK", 2));
  run_until([&] { return heard.result.has_value(); });
  STRCMP_EQUAL("OK", heard.bytes.c_str());
}

TEST(TcpSerial, aServerThatGoesIsALineThatIsGoneAndItComesBack) {
  const auto port = open();
  Heard heard;
  spawn(read_into(*port, heard));
  accept();
  line.reset();
  run_until([&] { return heard.result.has_value(); });
  CHECK(heard.result->error().code == ErrorCode::io);
  STRCMP_CONTAINS("is gone", heard.result->error().message.c_str());
  const auto again = open();
  std::optional<Result<std::size_t>> written;
  spawn(write_from(*again, "AT\r", written));
  accept();
  run_until([&] { return written.has_value(); });
  STRCMP_EQUAL("AT\r", hear().c_str());
}

TEST(TcpSerial, aServerThatIsNotThereSaysSo) {
  const std::string nowhere = device();
  server.reset();  // the port is free: refused
  auto port = ports.open({.device = nowhere});
  CHECK(port.has_value());
  Heard heard;
  spawn(read_into(**port, heard));
  run_until([&] { return heard.result.has_value(); });
  CHECK(heard.result->error().code == ErrorCode::io);
  STRCMP_CONTAINS("cannot be reached: Connection refused", heard.result->error().message.c_str());
}

TEST(TcpSerial, closingEndsAReadThatWaits) {
  const auto port = open();
  Heard early;
  spawn(read_into(*port, early));  // perhaps not connected yet
  accept();
  Heard late;
  spawn(read_into(*port, late));
  loop.poll();
  port->close();
  run_until([&] { return early.result && late.result; });
  CHECK(early.result->error().code == ErrorCode::cancelled);
  CHECK(late.result->error().code == ErrorCode::cancelled);
}

TEST(TcpSerial, aPortThatGoesBeforeItIsConnectedLeavesNothing) {
  open().reset();
  loop.restart();
  loop.run();  // ends: nothing waits for the server
}

TEST(TcpSerial, aReadCanBeCancelled) {
  const auto port = open();
  accept();
  std::optional<bool> cancelled;
  spawn(read_for(runtime, *port, cancelled));
  run_until([&] { return cancelled.has_value(); });
  CHECK(*cancelled);
}

TEST(TcpSerial, whatWasReceivedAndNotReadCanBeThrownAway) {
  const auto port = open();
  std::optional<Result<std::size_t>> written;
  spawn(write_from(*port, "AT\r", written));
  accept();
  run_until([&] { return written.has_value(); });
  asio::write(*line, asio::buffer("old", 3));
  port->discard_input();
  asio::write(*line, asio::buffer("new", 3));
  Heard heard;
  spawn(read_into(*port, heard));
  run_until([&] { return heard.result.has_value(); });
  STRCMP_EQUAL("new", heard.bytes.c_str());
}

TEST(TcpSerial, namesAreReadWholeOrRefused) {
  const auto place = hal::serial_server_of("tcp:[fd00::20]:4001");
  STRCMP_EQUAL("fd00::20", (*place)->host.c_str());
  STRCMP_EQUAL("4001", (*place)->port.c_str());
  STRCMP_EQUAL("nport-3.local", (*hal::serial_server_of("tcp:nport-3.local:950"))->host.c_str());
  CHECK_FALSE(hal::serial_server_of("/dev/modem0")->has_value());
  CHECK_FALSE(hal::serial_server_of("usb:1e0e:9001")->has_value());
  for (const char* wrong : {"tcp:", "tcp:host", "tcp:host:", "tcp::4001", "tcp:host:x", "tcp:host:123456", "tcp:host:0",
                            "tcp:fd00::20:4001"}) {
    const auto refused = hal::serial_server_of(wrong);
    CHECK_TEXT(!refused, wrong);
    STRCMP_CONTAINS("tcp:HOST:PORT", refused.error().message.c_str());
  }
  CHECK(ports.open({.device = "tcp:host"}).error().code == ErrorCode::invalid_argument);
}
