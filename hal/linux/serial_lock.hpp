#pragma once

#include <string>

#include "relay/base/result.hpp"

namespace hal {

/// Two programs never share a line: flock(2) on the descriptor (dies with its owner), and the LCK..NAME file that older
/// programs look at, where its directory can be written. Owns the file; the flock lives and dies with the descriptor.
class SerialLock {
 public:
  SerialLock() = default;
  ~SerialLock();
  SerialLock(SerialLock&& other) noexcept;
  SerialLock& operator=(SerialLock&& other) noexcept;

  /// Errors: conflict, with the process id of the owner as far as the kernel tells.
  [[nodiscard]] static relay::Result<SerialLock> take(int fd, const std::string& path,
                                                      const std::string& lock_directory);

 private:
  std::string file_;
};

/// Is the device at `path` one of the system's consoles (a line of /proc/consoles with its device number)?
[[nodiscard]] bool is_system_console(const std::string& path, const std::string& consoles);

}  // namespace hal
