#pragma once

#include <memory>

#include "hal/serial_port.hpp"
#include "relay/base/runtime.hpp"

namespace hal {

/// A line of a serial server (ser2net "raw", Moxa's "TCP server mode"): its bytes as they are, no RFC 2217. Begins to
/// connect at once; the first read or write waits for that. A server that is silently gone (power, cable) is
/// noticed after 25 s without a sign of life.
[[nodiscard]] std::unique_ptr<SerialPort> make_tcp_serial_port(relay::Runtime runtime, const SerialServer& server);

}  // namespace hal
