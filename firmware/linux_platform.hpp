#pragma once

#include <memory>
#include <string>

#include "firmware/platform.hpp"
#include "hal/linux/clock_trust.hpp"
#include "hal/linux/gpio_lines.hpp"
#include "hal/linux/leds.hpp"
#include "hal/linux/serial_ports.hpp"
#include "hal/linux/storage.hpp"
#include "hal/linux/thermometer.hpp"
#include "hal/linux/watchdog.hpp"
#include "relay/base/runtime.hpp"
#include "relay/http/curl_client.hpp"

namespace firmware {

/// The box itself: real serial ports, sockets and links, libcurl, and SQLite's own file system.
class LinuxPlatform final : public Platform {
 public:
  explicit LinuxPlatform(relay::Runtime runtime);

  [[nodiscard]] hal::SerialPorts& serial_ports() override { return serial_ports_; }
  [[nodiscard]] hal::GpioLines& gpio_lines() override { return gpio_lines_; }
  [[nodiscard]] hal::Leds& leds() override { return leds_; }
  [[nodiscard]] hal::ClockTrust& clock_trust() override { return clock_trust_; }
  [[nodiscard]] hal::Storage& storage() override { return storage_; }
  [[nodiscard]] hal::Thermometer& thermometer() override { return thermometer_; }
  [[nodiscard]] hal::Watchdog& watchdog() override { return watchdog_; }
  [[nodiscard]] hal::Network& network() override { return *network_; }
  [[nodiscard]] std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions options) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_tcp(const std::string& host,
                                                                                 std::uint16_t port) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string& path,
                                                                                  unsigned mode) override;

 private:
  relay::Runtime runtime_;
  relay::http::CurlPool http_;
  hal::LinuxSerialPorts serial_ports_;
  hal::LinuxGpioLines gpio_lines_;
  hal::LinuxLeds leds_;
  hal::LinuxClockTrust clock_trust_;
  hal::LinuxStorage storage_;
  hal::LinuxThermometer thermometer_;
  hal::LinuxWatchdog watchdog_;
  std::unique_ptr<hal::Network> network_;
};

}  // namespace firmware
