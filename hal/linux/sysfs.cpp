#include "hal/linux/sysfs.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
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

std::optional<std::string> ask_kernel(const std::string& file) {
  const FileDescriptor fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return std::nullopt;
  std::array<char, 4096> buffer{};
  const auto size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size < 0) return std::nullopt;
  std::string line(buffer.data(), static_cast<std::size_t>(size));
  line.resize(std::min(line.find('\n'), line.size()));
  while (!line.empty() && (line.back() == ' ' || line.back() == '\0')) line.pop_back();
  return line;
}

std::optional<std::int64_t> kernel_number(std::string_view text) {
  const bool hexadecimal = text.starts_with("0x");
  if (hexadecimal) text.remove_prefix(2);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, hexadecimal ? 16 : 10);
  if (parsed.ec != std::errc{}) return std::nullopt;
  return value;
}

}  // namespace hal
