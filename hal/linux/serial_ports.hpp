#pragma once

#include <memory>
#include <optional>
#include <string>

#include "hal/serial_port.hpp"
#include "relay/base/runtime.hpp"

namespace hal {

/// Where the kernel and other programs say what is taken. Only tests name other places.
struct LinuxSerialPlaces {
  std::string lock_directory = "/run/lock";  ///< LCK..NAME files (FHS 3.0, 5.9), written when the directory lets us.
  std::string consoles = "/proc/consoles";
  std::string sys = "/sys";
};

/// Serial lines of a Linux box. Real ttys are opened and configured by libserialport, PTYs (which it cannot open:
/// facts/modem.md 0.1) by plain termios; either way the descriptor then waits in the loop, so that an unplugged line
/// never spins (facts/modem.md 0.2). Lines of a serial server are raw TCP connections.
class LinuxSerialPorts final : public SerialPorts {
 public:
  explicit LinuxSerialPorts(relay::Runtime runtime, LinuxSerialPlaces places = {});
  [[nodiscard]] relay::Result<std::unique_ptr<SerialPort>> open(const SerialSettings& settings) override;
  [[nodiscard]] std::optional<UsbPort> usb_port(const std::string& device) const override;
  [[nodiscard]] relay::Result<bool> detach_usb(const UsbPort& port) override;
  [[nodiscard]] relay::Result<bool> attach_usb(const UsbPort& port) override;
  [[nodiscard]] relay::Result<bool> set_usb_power(const UsbPort& port, bool on) override;

 private:
  /// The tty that `device` stands for now.
  [[nodiscard]] relay::Result<std::string> resolve(const std::string& device) const;

  relay::Runtime runtime_;
  LinuxSerialPlaces places_;
};

}  // namespace hal
