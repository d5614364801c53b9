#include "hal/linux/sysfs.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "hal/linux/open_tty.hpp"
#include "relay/base/concat.hpp"

namespace hal {

using relay::ErrorCode;
using relay::fail;

relay::Result<bool> tell_kernel(const std::string& file, const std::string& word) {
  const FileDescriptor fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return fail(ErrorCode::io, relay::concat("cannot open ", file, ": ", std::strerror(errno)));
  const auto written = ::write(fd.get(), word.data(), word.size());
  if (written != static_cast<ssize_t>(word.size()))
    return fail(ErrorCode::io, relay::concat("cannot write ", word, " to ", file, ": ", std::strerror(errno)));
  return true;
}

}  // namespace hal
