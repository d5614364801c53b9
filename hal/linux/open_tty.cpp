#include "hal/linux/open_tty.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <libserialport.h>

namespace hal {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;

relay::Error describe_errno(const std::string& what, int error) {
  const bool gone = error == ENOENT || error == ENXIO || error == ENODEV;
  const ErrorCode code = gone ? ErrorCode::not_found : error == EBUSY ? ErrorCode::conflict : ErrorCode::io;
  return {code, what + ": " + std::strerror(error)};
}

/// The speeds that termios has names for and that modems use. 0: none.
speed_t termios_speed(int baud) {
  switch (baud) {
    case 9600:
      return B9600;
    case 19200:
      return B19200;
    case 38400:
      return B38400;
    case 57600:
      return B57600;
    case 115200:
      return B115200;
    case 230400:
      return B230400;
    case 460800:
      return B460800;
    case 921600:
      return B921600;
    default:
      return B0;
  }
}

Result<bool> make_raw(int fd, const std::string& path, const SerialSettings& settings) {
  termios line{};
  if (tcgetattr(fd, &line) != 0) return std::unexpected(describe_errno(path + " is not a terminal line", errno));
  cfmakeraw(&line);
  line.c_cflag |= CLOCAL | CREAD;
  if (settings.hardware_flow_control) line.c_cflag |= CRTSCTS;
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  const speed_t speed = termios_speed(settings.baud);
  if (speed == B0)
    return fail(ErrorCode::invalid_argument, path + " cannot run at " + std::to_string(settings.baud) + " baud");
  cfsetispeed(&line, speed);
  cfsetospeed(&line, speed);
  if (tcsetattr(fd, TCSANOW, &line) != 0) return std::unexpected(describe_errno("cannot configure " + path, errno));
  return true;
}

Result<FileDescriptor> open_with_termios(const std::string& path, const SerialSettings& settings) {
  FileDescriptor fd(::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return std::unexpected(describe_errno("cannot open " + path, errno));
  const auto raw = make_raw(fd.get(), path, settings);
  if (!raw) return std::unexpected(raw.error());
  return fd;
}

struct PortCloser {
  void operator()(sp_port* port) const {
    sp_close(port);
    sp_free_port(port);
  }
};
using LibraryPort = std::unique_ptr<sp_port, PortCloser>;

bool configure(sp_port* port, const SerialSettings& settings) {
  const auto flow = settings.hardware_flow_control ? SP_FLOWCONTROL_RTSCTS : SP_FLOWCONTROL_NONE;
  // With AT&D0 a modem ignores DTR, but until it has been told so a low DTR hangs up or resets it (facts/modem.md 1).
  return sp_set_baudrate(port, settings.baud) == SP_OK && sp_set_bits(port, 8) == SP_OK &&
         sp_set_parity(port, SP_PARITY_NONE) == SP_OK && sp_set_stopbits(port, 1) == SP_OK &&
         sp_set_flowcontrol(port, flow) == SP_OK && sp_set_dtr(port, SP_DTR_ON) == SP_OK;
}

/// An invalid descriptor: the library does not know this kind of line.
Result<FileDescriptor> open_with_library(const std::string& path, const SerialSettings& settings) {
  sp_port* found = nullptr;
  if (sp_get_port_by_name(path.c_str(), &found) != SP_OK) return FileDescriptor{};
  const LibraryPort port(found);
  errno = 0;
  if (sp_open(port.get(), SP_MODE_READ_WRITE) != SP_OK) {
    const int error = sp_last_error_code();
    if (error == ENOTTY) return FileDescriptor{};
    return std::unexpected(describe_errno("cannot open " + path, error == 0 ? EIO : error));
  }
  if (!configure(port.get(), settings)) {
    return std::unexpected(describe_errno("cannot configure " + path, sp_last_error_code()));
  }
  int handle = -1;
  sp_get_port_handle(port.get(), &handle);
  // The library's object ends here; its open file lives on in the duplicate.
  FileDescriptor fd(fcntl(handle, F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return std::unexpected(describe_errno("cannot keep " + path, errno));
  // The library leaves VMIN=0, which a loop reads as an end of file at once (facts/toolchain.md 5).
  termios line{};
  if (tcgetattr(fd.get(), &line) != 0) return std::unexpected(describe_errno("cannot configure " + path, errno));
  line.c_cc[VMIN] = 1;
  line.c_cc[VTIME] = 0;
  if (tcsetattr(fd.get(), TCSANOW, &line) != 0)
    return std::unexpected(describe_errno("cannot configure " + path, errno));
  return fd;
}

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (fd_ >= 0) ::close(fd_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Result<FileDescriptor> open_tty(const std::string& path, const SerialSettings& settings) {
  auto fd = open_with_library(path, settings);
  if (fd && !fd->valid()) fd = open_with_termios(path, settings);
  if (!fd) return fd;
  // Keeps other programs out that do not look at locks (root excepted). A PTY may refuse it; the lock stands all the
  // same.
  (void)ioctl(fd->get(), TIOCEXCL);
  tcflush(fd->get(), TCIOFLUSH);
  return fd;
}

}  // namespace hal
