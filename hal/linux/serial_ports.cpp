#include "hal/linux/serial_ports.hpp"

#include <cstdlib>
#include <memory>
#include <utility>

#include <climits>

#include "hal/linux/open_tty.hpp"
#include "hal/linux/serial_lock.hpp"
#include "hal/linux/serial_port.hpp"

namespace hal {

using relay::ErrorCode;
using relay::fail;

LinuxSerialPorts::LinuxSerialPorts(asio::any_io_executor executor, LinuxSerialPlaces places)
    : executor_(std::move(executor)), places_(std::move(places)) {}

relay::Result<std::unique_ptr<SerialPort>> LinuxSerialPorts::open(const SerialSettings& settings) {
  // libserialport takes neither symlinks nor names outside /dev (facts/modem.md 0.1); the stable name is resolved at
  // each open.
  const std::unique_ptr<char, decltype(&std::free)> resolved(realpath(settings.device.c_str(), nullptr), &std::free);
  if (!resolved) return fail(ErrorCode::not_found, "there is no device " + settings.device + " now");
  const std::string path = resolved.get();
  if (is_system_console(path, places_.consoles)) {
    return fail(ErrorCode::conflict, settings.device + " is the system's console; a modem cannot share it");
  }
  auto fd = open_tty(path, settings);
  if (!fd) return std::unexpected(fd.error());
  auto lock = SerialLock::take(fd->get(), path, places_.lock_directory);
  if (!lock) return std::unexpected(lock.error());
  return make_linux_serial_port(executor_, std::move(*fd), std::move(*lock), settings.device);
}

}  // namespace hal
