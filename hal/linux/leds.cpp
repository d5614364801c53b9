#include "hal/linux/leds.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include "relay/base/concat.hpp"

namespace hal {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;

Result<void> write_attribute(const std::string& path, std::string_view text) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const bool written = fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (written) return {};
  return fail(error == ENOENT ? ErrorCode::not_found : ErrorCode::io, concat(path, ": ", std::strerror(error)));
}

}  // namespace

Result<void> LinuxLeds::light(const std::string& name, bool on) {
  const std::string folder = concat(sys_, "/class/leds/", name, "/");
  if (!taken_.contains(name)) {
    if (auto taken = write_attribute(folder + "trigger", "none"); !taken) return taken;
    taken_.insert(name);
  }
  return write_attribute(folder + "brightness", on ? "1" : "0");
}

}  // namespace hal
