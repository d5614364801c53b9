#include "hal/linux/serial_ports.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

#include <climits>

#include "hal/linux/open_tty.hpp"
#include "hal/linux/serial_lock.hpp"
#include "hal/linux/serial_port.hpp"
#include "hal/linux/tcp_serial_port.hpp"
#include "hal/linux/usb_device.hpp"

namespace hal {

using relay::ErrorCode;
using relay::fail;

LinuxSerialPorts::LinuxSerialPorts(relay::Runtime runtime, LinuxSerialPlaces places)
    : runtime_(runtime), places_(std::move(places)) {}

relay::Result<std::string> LinuxSerialPorts::resolve(const std::string& device) const {
  std::string name = device;
  if (device.starts_with("usb:")) {
    const auto tty = find_usb_tty(places_.sys, device);
    if (!tty) return std::unexpected(tty.error());
    name = "/dev/" + *tty;
  }
  // libserialport takes neither symlinks nor names outside /dev (facts/modem.md 0.1); the stable name is resolved at
  // each open.
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(name.c_str(), nullptr), &std::free);
  if (!resolved) return fail(ErrorCode::not_found, "there is no device " + device + " now");
  return std::string{resolved.get()};
}

std::optional<UsbPort> LinuxSerialPorts::usb_port(const std::string& device) const {
  const auto path = resolve(device);
  if (!path) return std::nullopt;
  return usb_port_of_tty(places_.sys, path->substr(path->rfind('/') + 1));
}

relay::Result<bool> LinuxSerialPorts::detach_usb(const UsbPort& port) { return bind_usb(places_.sys, port, false); }

relay::Result<bool> LinuxSerialPorts::attach_usb(const UsbPort& port) { return bind_usb(places_.sys, port, true); }

relay::Result<bool> LinuxSerialPorts::set_usb_power(const UsbPort& port, bool on) {
  return switch_usb_power(places_.sys, port, on);
}

relay::Result<std::unique_ptr<SerialPort>> LinuxSerialPorts::open(const SerialSettings& settings) {
  const auto server = serial_server_of(settings.device);
  if (!server) return std::unexpected(server.error());
  if (*server) return make_tcp_serial_port(runtime_, **server);
  const auto resolved = resolve(settings.device);
  if (!resolved) return std::unexpected(resolved.error());
  const std::string& path = *resolved;
  if (is_system_console(path, places_.consoles)) {
    return fail(ErrorCode::conflict, settings.device + " is the system's console; a modem cannot share it");
  }
  auto fd = open_tty(path, settings);
  if (!fd) return std::unexpected(fd.error());
  auto lock = SerialLock::take(fd->get(), path, places_.lock_directory);
  if (!lock) return std::unexpected(lock.error());
  return make_linux_serial_port(runtime_.executor, std::move(*fd), std::move(*lock), settings.device);
}

}  // namespace hal
