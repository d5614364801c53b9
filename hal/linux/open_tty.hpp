#pragma once

#include <string>
#include <utility>

#include "hal/serial_port.hpp"

namespace hal {

/// Owns one file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  [[nodiscard]] bool valid() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Opens and configures the tty at `path` (already resolved): raw, 8N1, VMIN=1, the wanted speed, exclusive (TIOCEXCL).
/// Errors: not_found, conflict (somebody has it exclusively), io.
[[nodiscard]] relay::Result<FileDescriptor> open_tty(const std::string& path, const SerialSettings& settings);

}  // namespace hal
