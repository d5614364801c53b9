#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/appliance.hpp"
#include "firmware/platform.hpp"
#include "hal/sim/clock_trust.hpp"
#include "hal/sim/gpio_lines.hpp"
#include "hal/sim/leds.hpp"
#include "hal/sim/serial_line.hpp"
#include "hal/sim/storage.hpp"
#include "hal/sim/thermometer.hpp"
#include "hal/sim/watchdog.hpp"
#include "relay/base/concat.hpp"
#include "tests/sim/lan.hpp"
#include "tests/sim/process.hpp"

namespace sim {

class World;

/// One life of the daemon: from its start to its death or orderly end. Owns everything that a process would own.
class Boot final : public Process, public firmware::Platform {
 public:
  /// `number` counts all boots of the run from 1; `boot_id` changes with the machine's.
  Boot(World& world, int number, WorldTime machine_started, std::string boot_id,
       const relay::config::Document& document);
  ~Boot() override;
  Boot(const Boot&) = delete;
  Boot& operator=(const Boot&) = delete;

  /// main(): false when the process ends at once, with the reason.
  [[nodiscard]] bool start();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] std::shared_ptr<LanConnection> connect(const std::string& peer, bool admin) {
    return Process::connect(admin ? admin_ : api_, peer);
  }
  void reload(const relay::config::Document& document) { appliance_->reload(document); }

  // Platform
  [[nodiscard]] hal::SerialPorts& serial_ports() override { return serial_ports_; }
  [[nodiscard]] hal::SimSerialLine& modem_line(std::size_t index) {
    return serial_ports_.line(relay::concat("/dev/modem", index));
  }
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
  [[nodiscard]] relay::outbox::SqliteOutboxSettings place(relay::outbox::SqliteOutboxSettings storage) override;

 private:
  [[nodiscard]] relay::Task<> stop_program() override { return appliance_->stop(); }
  void launched(const std::string& error) override;
  void destroy_program() override { appliance_.reset(); }
  void died() override;

  int number_;
  const relay::config::Document& document_;  ///< The world's.
  hal::SimSerialPorts serial_ports_;
  hal::SimGpioLines gpio_lines_;
  hal::SimLeds leds_;
  hal::SimClockTrust clock_trust_;
  hal::SimStorage storage_;
  hal::SimThermometer thermometer_;
  hal::SimWatchdog watchdog_;
  std::unique_ptr<hal::Network> network_;
  LanListener* api_ = nullptr;    ///< Owned by the appliance's server.
  LanListener* admin_ = nullptr;  ///< Owned by the appliance's server.
  std::unique_ptr<firmware::Appliance> appliance_;
};

}  // namespace sim
