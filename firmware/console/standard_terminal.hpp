#pragma once

#include <memory>

#include <asio/any_io_executor.hpp>

#include "hal/serial_port.hpp"
#include "relay/base/result.hpp"

namespace firmware::console {

/// The terminal that this process has as its standard input and output (SSH, a getty's line, tmux), put into raw mode
/// until this ends. Errors: invalid_argument (it is none).
[[nodiscard]] relay::Result<std::unique_ptr<hal::SerialPort>> open_standard_terminal(asio::any_io_executor executor);

}  // namespace firmware::console
