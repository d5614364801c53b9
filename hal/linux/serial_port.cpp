#include "hal/linux/serial_port.hpp"

#include <termios.h>
#include <utility>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>

namespace hal {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

class LinuxSerialPort final : public SerialPort {
 public:
  LinuxSerialPort(asio::any_io_executor executor, FileDescriptor fd, SerialLock lock, std::string name)
      : lock_(std::move(lock)), line_(std::move(executor), fd.release()), name_(std::move(name)) {}

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    asio::error_code error;
    const std::size_t size = co_await line_.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                                            asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return describe(error);
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    asio::error_code error;
    const std::size_t size = co_await asio::async_write(line_, asio::buffer(bytes.data(), bytes.size()),
                                                        asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return describe(error);
    co_return size;
  }

  void discard_input() override {
    if (line_.is_open()) tcflush(line_.native_handle(), TCIFLUSH);
  }

  void close() override {
    asio::error_code ignored;
    line_.close(ignored);  // At once: the kernel keeps an unplugged line's number as long as somebody holds it open.
    lock_ = SerialLock{};
  }

 private:
  [[nodiscard]] std::unexpected<relay::Error> describe(const asio::error_code& error) const {
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) {
      return fail(ErrorCode::cancelled, name_ + " was closed");
    }
    // An unplugged line says end of file, EIO, ENXIO or ENODEV, by kernel and driver: all the same to us.
    return fail(ErrorCode::io, name_ + " is gone: " + error.message());
  }

  SerialLock lock_;  ///< Released after the line is closed.
  asio::posix::stream_descriptor line_;
  std::string name_;
};

}  // namespace

std::unique_ptr<SerialPort> make_linux_serial_port(asio::any_io_executor executor, FileDescriptor fd, SerialLock lock,
                                                   std::string name) {
  return std::make_unique<LinuxSerialPort>(std::move(executor), std::move(fd), std::move(lock), std::move(name));
}

}  // namespace hal
