#include "relay/program/service_manager.hpp"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace relay::program {
namespace {

/// One datagram to the socket that $NOTIFY_SOCKET names. The protocol is this small, and sd_notify(3) recommends to
/// write it out rather than to link libsystemd, which with what it links costs 0.9 MiB of memory
/// (docs/decisions/0010-memory.md). A service manager that cannot be told is no reason to fail: it will notice by
/// itself.
void notify(const std::string& message) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path) return;
  std::memcpy(address.sun_path, path, length);
  if (path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  (void)::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), size);
  ::close(fd);
}

}  // namespace

void ServiceManager::ready() const { notify("READY=1"); }
void ServiceManager::stopping() const { notify("STOPPING=1"); }
void ServiceManager::alive() const { notify("WATCHDOG=1"); }

void ServiceManager::reloading(SteadyTime now) const {
  notify("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(to_ms(now) * 1000));
}

Millis ServiceManager::watchdog_interval() const {
  const char* text = std::getenv("WATCHDOG_USEC");
  const char* pid = std::getenv("WATCHDOG_PID");
  if (text == nullptr || (pid != nullptr && std::to_string(getpid()) != pid)) return Millis{0};
  std::int64_t usec = 0;
  const char* end = text + std::strlen(text);
  const auto parsed = std::from_chars(text, end, usec);
  if (parsed.ec != std::errc{} || parsed.ptr != end || usec < 0) return Millis{0};
  return Millis{usec / 1000};
}

}  // namespace relay::program
