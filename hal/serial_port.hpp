#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace hal {

/// An open serial line. The device may vanish at any time: reads and writes then return ErrorCode::io, at once and
/// without spinning.
class SerialPort {
 public:
  virtual ~SerialPort() = default;
  /// At least one byte. Errors: io when the line is gone, cancelled after close() or by asio cancellation.
  [[nodiscard]] virtual relay::Task<relay::Result<std::size_t>> read_some(std::span<char> buffer) = 0;
  /// All bytes or an error.
  [[nodiscard]] virtual relay::Task<relay::Result<std::size_t>> write(std::string_view bytes) = 0;
  /// Throws away what has been received and not read.
  virtual void discard_input() = 0;
  virtual void close() = 0;
};

struct SerialSettings {
  std::string
      device;  ///< A stable name ("/dev/serial/by-path/...", "/dev/modem0") or a PTY; resolved anew at each open.
  int baud = 115200;  ///< 8N1
  bool hardware_flow_control = false;
};

/// Opens lines. Each open resolves the name, takes a lock (two programs never share a port) and configures the line.
class SerialPorts {
 public:
  virtual ~SerialPorts() = default;
  /// Errors: not_found (no such device now), conflict (locked by another process, whose id is in the message; or it is
  /// the system's console), io.
  [[nodiscard]] virtual relay::Result<std::unique_ptr<SerialPort>> open(const SerialSettings& settings) = 0;
};

}  // namespace hal
