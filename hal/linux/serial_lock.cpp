#include "hal/linux/serial_lock.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <utility>

namespace hal {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;

/// "/dev/ttyUSB2" gives LCK..ttyUSB2, "/dev/pts/3" gives LCK..pts_3.
std::string lock_file_name(const std::string& path, const std::string& directory) {
  std::string name = path.starts_with("/dev/") ? path.substr(5) : path;
  std::ranges::replace(name, '/', '_');
  return directory + "/LCK.." + name;
}

/// Who holds the flock, from /proc/locks ("1: FLOCK  ADVISORY  WRITE 812 00:16:5 0 EOF"). 0: the kernel does not say.
pid_t flock_owner(int fd) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return 0;
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream fields(line);
    std::string number, kind, advisory, mode, id;
    pid_t pid = 0;
    if (!(fields >> number >> kind >> advisory >> mode >> pid >> id) || kind != "FLOCK") continue;
    const auto inode = id.rfind(':');
    if (inode != std::string::npos && id.substr(inode + 1) == std::to_string(status.st_ino)) return pid;
  }
  return 0;
}

std::unexpected<relay::Error> taken(const std::string& path, pid_t owner) {
  const std::string who = owner > 0 ? "process " + std::to_string(owner) : "another process";
  return fail(ErrorCode::conflict, path + " is in use by " + who + "; stop it or give this program another device");
}

/// 0: free (no file, a stale one, or our own).
pid_t living_owner(const std::string& file) {
  std::ifstream in(file);
  pid_t pid = 0;
  if (!(in >> pid) || pid <= 0 || pid == getpid()) return 0;
  return kill(pid, 0) == 0 || errno == EPERM ? pid : 0;
}

bool write_lock_file(const std::string& file) {
  unlink(file.c_str());
  const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return false;
  const bool written = dprintf(fd, "%10d\n", static_cast<int>(getpid())) > 0;
  ::close(fd);
  return written;
}

}  // namespace

SerialLock::~SerialLock() {
  if (!file_.empty()) unlink(file_.c_str());
}

SerialLock::SerialLock(SerialLock&& other) noexcept : file_(std::exchange(other.file_, {})) {}

SerialLock& SerialLock::operator=(SerialLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

Result<SerialLock> SerialLock::take(int fd, const std::string& path, const std::string& lock_directory) {
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return taken(path, flock_owner(fd));
  const std::string file = lock_file_name(path, lock_directory);
  if (const pid_t owner = living_owner(file); owner != 0) return taken(path, owner);
  SerialLock lock;
  if (write_lock_file(file)) lock.file_ = file;
  return lock;
}

bool is_system_console(const std::string& path, const std::string& consoles) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return false;
  const std::string device = std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
  std::ifstream in(consoles);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with(" " + device)) return true;  // "ttyS0                -W- (EC   p a)    4:64"
  }
  return false;
}

}  // namespace hal
