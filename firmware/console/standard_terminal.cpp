#include "firmware/console/standard_terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace firmware::console {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

class StandardTerminal final : public hal::SerialPort {
 public:
  StandardTerminal(asio::any_io_executor executor, int input, int output, const termios& before)
      : input_(executor, input), output_(executor, output), before_(before) {}
  ~StandardTerminal() override {
    tcsetattr(STDIN_FILENO, TCSANOW, &before_);
    // The loop made the open file non-blocking, and our parent shares it.
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO}) fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
  }
  StandardTerminal(const StandardTerminal&) = delete;
  StandardTerminal& operator=(const StandardTerminal&) = delete;

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    asio::error_code error;
    const std::size_t size = co_await input_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                             asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(ErrorCode::io, "the terminal is gone: " + error.message());
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    asio::error_code error;
    const std::size_t size = co_await asio::async_write(output_, asio::buffer(bytes.data(), bytes.size()),
                                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return fail(ErrorCode::io, "the terminal is gone: " + error.message());
    co_return size;
  }

  void discard_input() override { tcflush(STDIN_FILENO, TCIFLUSH); }
  void close() override {
    asio::error_code ignored;
    input_.close(ignored);
    output_.close(ignored);
  }

 private:
  asio::posix::stream_descriptor input_;
  asio::posix::stream_descriptor output_;
  termios before_;
};

}  // namespace

Result<std::unique_ptr<hal::SerialPort>> open_standard_terminal(asio::any_io_executor executor) {
  termios line{};
  if (tcgetattr(STDIN_FILENO, &line) != 0)
    return fail(ErrorCode::invalid_argument, "standard input is no terminal; use --port, or relayctl COMMAND");
  const termios before = line;
  cfmakeraw(&line);
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  tcsetattr(STDIN_FILENO, TCSANOW, &line);
  const int input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
  const int output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  return std::make_unique<StandardTerminal>(std::move(executor), input, output, before);
}

}  // namespace firmware::console
