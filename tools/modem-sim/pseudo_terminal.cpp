#include "tools/modem-sim/pseudo_terminal.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

namespace modem_sim {
namespace {

std::unexpected<relay::Error> io_error(const std::string& what) {
  return relay::fail(relay::ErrorCode::io, what + ": " + std::strerror(errno));
}

bool is_symlink(const std::string& path) {
  struct stat info{};
  return ::lstat(path.c_str(), &info) == 0 && S_ISLNK(info.st_mode);
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

relay::Result<PseudoTerminal> PseudoTerminal::open() {
  PseudoTerminal terminal;
  terminal.master_ = Descriptor{::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  if (!terminal.master_.valid()) return io_error("cannot open a PTY");
  std::array<char, 128> name{};
  if (::grantpt(terminal.master_.get()) != 0 || ::unlockpt(terminal.master_.get()) != 0 ||
      ::ptsname_r(terminal.master_.get(), name.data(), name.size()) != 0) {
    return io_error("cannot prepare the PTY");
  }
  terminal.slave_path_ = name.data();
  terminal.slave_ = Descriptor{::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (!terminal.slave_.valid()) return io_error("cannot open " + terminal.slave_path_);
  termios settings{};
  if (::tcgetattr(terminal.slave_.get(), &settings) != 0) return io_error("cannot read the PTY's settings");
  ::cfmakeraw(&settings);
  ::cfsetspeed(&settings, B115200);
  if (::tcsetattr(terminal.slave_.get(), TCSANOW, &settings) != 0) return io_error("cannot set the PTY raw");
  return terminal;
}

void PseudoTerminal::forget_unread() const { ::tcflush(slave_.get(), TCIFLUSH); }

void PseudoTerminal::allow_next_open() const { ::ioctl(slave_.get(), TIOCNXCL); }

relay::Result<std::string> point_link(const std::string& link, const std::string& target) {
  struct stat info{};
  if (::lstat(link.c_str(), &info) == 0 && !S_ISLNK(info.st_mode)) {
    return relay::fail(relay::ErrorCode::conflict, link + " exists and is not a symlink; choose another --link");
  }
  const std::string fresh = link + ".new";
  remove_link(fresh);
  if (::symlink(target.c_str(), fresh.c_str()) != 0) return io_error("cannot make the link " + fresh);
  if (::rename(fresh.c_str(), link.c_str()) != 0) return io_error("cannot make the link " + link);
  return link;
}

void remove_link(const std::string& link) {
  if (is_symlink(link)) ::unlink(link.c_str());
}

relay::Result<OpenWatch> OpenWatch::of(const std::string& path) {
  OpenWatch watch;
  watch.inotify_ = Descriptor{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
  if (!watch.inotify_.valid()) return io_error("cannot start inotify");
  if (::inotify_add_watch(watch.inotify_.get(), path.c_str(), IN_OPEN | IN_CLOSE) < 0)
    return io_error("cannot watch " + path);
  return watch;
}

OpenWatch::Changes OpenWatch::take() {
  Changes changes;
  alignas(inotify_event) std::array<char, 4096> buffer{};
  for (;;) {
    const auto length = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (length <= 0) return changes;
    for (ssize_t at = 0; at < length;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      if ((event.mask & IN_OPEN) != 0) ++changes.opened;
      if ((event.mask & IN_CLOSE) != 0) ++changes.closed;
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
}

}  // namespace modem_sim
