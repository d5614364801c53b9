#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <optional>
#include <pty.h>
#include <string>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <CppUTest/TestHarness.h>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include "hal/linux/serial_ports.hpp"
#include "relay/base/system_runtime.hpp"
#include "relay/base/task.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using relay::ErrorCode;
using relay::Result;
using relay::Task;

namespace {

struct Read {
  std::optional<Result<std::size_t>> result;
  std::string bytes;
};

Task<> read_once(hal::SerialPort& port, Read& read) {
  std::array<char, 64> buffer{};
  auto result = co_await port.read_some(buffer);
  if (result) read.bytes.assign(buffer.data(), *result);
  read.result = std::move(result);
}

Task<> write_once(hal::SerialPort& port, std::string bytes, std::optional<Result<std::size_t>>& result) {
  auto written = co_await port.write(bytes);
  result = std::move(written);
}

}  // namespace

TEST_GROUP(LinuxSerial) {
  asio::io_context loop;
  relay::SystemClock clock;
  relay::SystemRandom random;
  relay::SystemTimerQueue timers{loop.get_executor(), clock};
  fakes::RecordedLog log;
  relay::Runtime runtime{loop.get_executor(), clock, timers, random, log};
  int master = -1;
  std::string slave;
  std::filesystem::path directory;

  void setup() override {
    char name[128];
    int fd = -1;
    CHECK(openpty(&master, &fd, name, nullptr, nullptr) == 0);
    slave = name;
    close(fd);
    char pattern[] = "/tmp/linux-serial-XXXXXX";
    directory = mkdtemp(pattern);
  }
  void teardown() override {
    if (master >= 0) close(master);
    std::filesystem::remove_all(directory);
  }

  Result<std::unique_ptr<hal::SerialPort>> open(const std::string& device) {
    hal::LinuxSerialPorts ports(runtime, {directory.string(), (directory / "consoles").string()});
    return ports.open({.device = device});
  }
  template <class T>
  void spawn(T task) {
    asio::co_spawn(loop, std::move(task), asio::detached);
  }
  void run_until(const auto& done) {
    while (!done()) {
      loop.restart();
      if (loop.run_one() == 0) FAIL("the loop has nothing to wait for");
    }
  }
};

TEST(LinuxSerial, carriesBytesBothWaysRaw) {
  auto port = open(slave);
  CHECK(port.has_value());
  std::optional<Result<std::size_t>> written;
  spawn(write_once(**port, "AT\r", written));
  run_until([&] { return written.has_value(); });
  CHECK(written->has_value());
  std::array<char, 16> heard{};
  LONGS_EQUAL(3, read(master, heard.data(), heard.size()));
  STRCMP_EQUAL("AT\r", heard.data());
  Read answer;
  spawn(read_once(**port, answer));
  LONGS_EQUAL(6, write(master, "\r\nOK\r\n", 6));
  run_until([&] { return answer.result.has_value(); });
  STRCMP_EQUAL("\r\nOK\r\n", answer.bytes.c_str());
}

TEST(LinuxSerial, resolvesStableNamesAtEachOpen) {
  const auto link = directory / "modem0";
  auto missing = open(link.string());
  CHECK(missing.error().code == ErrorCode::not_found);
  std::filesystem::create_symlink(slave, link);
  CHECK(open(link.string()).has_value());
}

TEST(LinuxSerial, twoNeverShareALine) {
  auto first = open(slave);
  CHECK(first.has_value());
  auto second = open(slave);
  CHECK(second.error().code == ErrorCode::conflict);
  CHECK(second.error().message.find("process " + std::to_string(getpid())) != std::string::npos);
  (*first)->close();
  CHECK(open(slave).has_value());
}

TEST(LinuxSerial, honoursAndLeavesNoLockFile) {
  std::string name = slave.substr(5);
  std::replace(name.begin(), name.end(), '/', '_');
  const auto file = directory / ("LCK.." + name);
  std::ofstream(file) << "         1\n";  // init lives
  auto locked = open(slave);
  CHECK(locked.error().code == ErrorCode::conflict);
  CHECK(locked.error().message.find("process 1") != std::string::npos);
  std::ofstream(file) << "   4194999\n";  // over the greatest process id: stale
  {
    auto port = open(slave);
    CHECK(port.has_value());
    int owner = 0;
    std::ifstream(file) >> owner;
    LONGS_EQUAL(getpid(), owner);
  }
  CHECK_FALSE(std::filesystem::exists(file));
}

TEST(LinuxSerial, refusesTheSystemsConsole) {
  struct stat status{};
  CHECK(stat(slave.c_str(), &status) == 0);
  std::ofstream(directory / "consoles")
      << "ttyS0                -W- (EC   p a)    4:64\npty                  -W- (EC   p a)    " << major(status.st_rdev)
      << ":" << minor(status.st_rdev) << "\n";
  auto console = open(slave);
  CHECK(console.error().code == ErrorCode::conflict);
  CHECK(console.error().message.find("console") != std::string::npos);
}

TEST(LinuxSerial, anUnplugEndsReadsAndWritesAtOnce) {
  auto port = open(slave);
  Read answer;
  spawn(read_once(**port, answer));
  loop.poll();
  close(master);
  master = -1;
  run_until([&] { return answer.result.has_value(); });
  CHECK(answer.result->error().code == ErrorCode::io);
  Read again;
  spawn(read_once(**port, again));
  run_until([&] { return again.result.has_value(); });
  CHECK(again.result->error().code == ErrorCode::io);
  std::optional<Result<std::size_t>> written;
  spawn(write_once(**port, "AT\r", written));
  run_until([&] { return written.has_value(); });
  CHECK(written->error().code == ErrorCode::io);
}

TEST(LinuxSerial, closingEndsAReadAsCancelled) {
  auto port = open(slave);
  Read answer;
  spawn(read_once(**port, answer));
  loop.poll();
  (*port)->close();
  run_until([&] { return answer.result.has_value(); });
  CHECK(answer.result->error().code == ErrorCode::cancelled);
}

TEST(LinuxSerial, saysWhatIsNoLine) {
  auto file = directory / "file";
  std::ofstream(file) << "x";
  auto port = open(file.string());
  CHECK(port.error().code == ErrorCode::io);
}
