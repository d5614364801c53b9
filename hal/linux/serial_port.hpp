#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>

#include "hal/linux/open_tty.hpp"
#include "hal/linux/serial_lock.hpp"
#include "hal/serial_port.hpp"

namespace hal {

/// Takes over an open, configured and locked line.
[[nodiscard]] std::unique_ptr<SerialPort> make_linux_serial_port(asio::any_io_executor executor, FileDescriptor fd,
                                                                 SerialLock lock, std::string name);

}  // namespace hal
