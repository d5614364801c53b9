#pragma once

#include <memory>
#include <optional>
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

/// The USB device behind a line.
struct UsbPort {
  std::string id;                 ///< idVendor:idProduct, "1e0e:9001"
  std::string interface;          ///< bInterfaceNumber, "02"
  std::string bus_id;             ///< Where it is plugged in, "1-1.2": as /sys/bus/usb/devices calls it.
  std::string power_switch = {};  ///< Of the hub's port, as the platform names it; empty: its power can't be switched.
};

/// Where a serial server listens.
struct SerialServer {
  std::string host;  ///< A name or an address.
  std::string port;  ///< Decimal.
};
/// Of "tcp:HOST:PORT" ("tcp:[fd00::20]:4001" for IPv6). Nothing: `device` is not written so. Errors: invalid_argument:
/// it begins with "tcp:" and goes on wrongly.
[[nodiscard]] relay::Result<std::optional<SerialServer>> serial_server_of(std::string_view device);

struct SerialSettings {
  /// A stable name ("/dev/serial/by-path/...", "/dev/modem0"), a PTY, or a USB device by its id: "usb:1e0e:9001:02"
  /// (vendor, product, interface; without the last the first that is a tty). Or a line of a serial server, as raw TCP:
  /// "tcp:192.168.1.20:4001". Resolved anew at each open.
  std::string device;
  int baud = 115200;  ///< 8N1. A serial server has its own.
  bool hardware_flow_control = false;
};

/// Opens lines. Each open resolves the name, takes a lock (two programs never share a port) and configures the line.
class SerialPorts {
 public:
  virtual ~SerialPorts() = default;
  /// Errors: not_found (no such device now), conflict (locked by another process, whose id is in the message; or it is
  /// the system's console), invalid_argument (serial_server_of), io. A serial server is being connected to when this
  /// returns: the first read or write waits for that, and has its error.
  [[nodiscard]] virtual relay::Result<std::unique_ptr<SerialPort>> open(const SerialSettings& settings) = 0;

  /// What USB device is behind `device` now. Nothing: it is not there, or it is a UART or a PTY.
  [[nodiscard]] virtual std::optional<UsbPort> usb_port(const std::string& device) const {
    (void)device;
    return std::nullopt;
  }
  /// Takes the USB device from its driver (its lines vanish), and gives it back: as if it had been pulled and plugged,
  /// but under power. Errors: not_found, io (the kernel's word, for instance that it needs privileges).
  [[nodiscard]] virtual relay::Result<bool> detach_usb(const UsbPort& port) {
    (void)port;
    return relay::fail(relay::ErrorCode::not_found, "there is no USB here");
  }
  [[nodiscard]] virtual relay::Result<bool> attach_usb(const UsbPort& port) { return detach_usb(port); }
  /// Takes the power from the hub's port, or gives it back; for a `port` with a power_switch. Errors: as detach_usb.
  [[nodiscard]] virtual relay::Result<bool> set_usb_power(const UsbPort& port, bool on) {
    (void)on;
    return detach_usb(port);
  }
};

}  // namespace hal
