#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "hal/clock_trust.hpp"
#include "hal/gpio_lines.hpp"
#include "hal/leds.hpp"
#include "hal/network.hpp"
#include "hal/serial_port.hpp"
#include "hal/storage.hpp"
#include "hal/thermometer.hpp"
#include "hal/watchdog.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/http/byte_stream.hpp"
#include "relay/http/client.hpp"
#include "relay/outbox/sqlite_outbox.hpp"

namespace firmware {

/// What stands between the appliance and the world beside its Runtime: the rest of the seven seams. The product's is
/// LinuxPlatform; the simulator (tests/sim) brings its own, and the appliance in between is the same code.
class Platform {
 public:
  virtual ~Platform() = default;
  [[nodiscard]] virtual hal::SerialPorts& serial_ports() = 0;
  [[nodiscard]] virtual hal::Network& network() = 0;
  /// Outgoing HTTP, one client per provider. The platform must outlive the clients.
  [[nodiscard]] virtual std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions options) = 0;
  /// Errors as relay/http/socket_listener.hpp.
  [[nodiscard]] virtual relay::Result<std::unique_ptr<relay::http::Listener>> listen_tcp(const std::string& host,
                                                                                         std::uint16_t port) = 0;
  [[nodiscard]] virtual relay::Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string& path,
                                                                                          unsigned mode) = 0;
  [[nodiscard]] virtual hal::GpioLines& gpio_lines() = 0;
  [[nodiscard]] virtual hal::Leds& leds() = 0;
  [[nodiscard]] virtual hal::ClockTrust& clock_trust() = 0;
  [[nodiscard]] virtual hal::Storage& storage() = 0;
  [[nodiscard]] virtual hal::Thermometer& thermometer() = 0;
  [[nodiscard]] virtual hal::Watchdog& watchdog() = 0;
  /// Where the outbox's file lies and which thread works on it; the rest comes from the settings table "storage".
  [[nodiscard]] virtual relay::outbox::SqliteOutboxSettings place(relay::outbox::SqliteOutboxSettings storage) {
    return storage;
  }
};

}  // namespace firmware
