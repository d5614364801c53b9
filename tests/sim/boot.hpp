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
#include "hal/sim/gpio_lines.hpp"
#include "hal/sim/leds.hpp"
#include "hal/sim/serial_line.hpp"
#include "relay/base/concat.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/sim/lan.hpp"
#include "tests/sim/ledger.hpp"

namespace sim {

class World;

/// The clocks of one boot, over the world's time. A dead process gets a private time that runs on for its taking apart.
class BootClock final : public relay::Clock {
 public:
  BootClock(const World& world, WorldTime machine_started, std::string boot_id)
      : world_(world), machine_started_(machine_started), boot_id_(std::move(boot_id)) {}
  [[nodiscard]] relay::SteadyTime steady() const override;
  [[nodiscard]] relay::WallTime wall() const override;
  [[nodiscard]] std::string boot_id() const override { return boot_id_; }

  /// World time of a steady time of this boot, and the reverse.
  [[nodiscard]] WorldTime to_world(relay::SteadyTime steady) const;
  void leave_world(WorldTime at) { private_ = at; }
  void advance_private(WorldTime to) { private_ = to; }

 private:
  [[nodiscard]] WorldTime now() const;
  const World& world_;
  WorldTime machine_started_;
  std::string boot_id_;
  std::optional<WorldTime> private_;
};

/// Reads every line that the box writes: no text, number or secret may be in it (I19).
class WatchedLog final : public relay::Log {
 public:
  explicit WatchedLog(World& world) : world_(world) {}
  void deafen() { deaf_ = true; }

 protected:
  [[nodiscard]] bool enabled(relay::LogLevel level) const override { return !deaf_ || level == relay::LogLevel::error; }
  void write(relay::LogLevel level, std::string_view line) override;

 private:
  World& world_;
  bool deaf_ = false;
};

/// One life of the daemon: from its start to its death or orderly end. Owns everything that a process would own.
class Boot final : public firmware::Platform {
 public:
  /// `number` counts all boots of the run from 1; `boot_id` changes with the machine's.
  Boot(World& world, int number, WorldTime machine_started, std::string boot_id,
       const relay::config::Document& document);
  ~Boot() override;
  Boot(const Boot&) = delete;
  Boot& operator=(const Boot&) = delete;

  /// main(): false when the process ends at once, with the reason.
  [[nodiscard]] bool start();
  /// The process is dead from here on: nothing of it reaches the world.
  void die();
  [[nodiscard]] bool dead() const { return !*alive_; }
  /// Takes a dead process apart, in a private time.
  void take_apart();
  void stop(std::function<void()> done);

  [[nodiscard]] bool listening() const { return started_; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] const std::shared_ptr<bool>& alive() const { return alive_; }
  [[nodiscard]] relay::Runtime runtime();
  [[nodiscard]] std::shared_ptr<LanConnection> connect(const std::string& peer, bool admin);
  void reload(const relay::config::Document& document) { appliance_->reload(document); }
  [[nodiscard]] std::optional<WorldTime> earliest() const;

  // Platform
  [[nodiscard]] hal::SerialPorts& serial_ports() override { return serial_ports_; }
  [[nodiscard]] hal::SimSerialLine& modem_line(std::size_t index) {
    return serial_ports_.line(relay::concat("/dev/modem", index));
  }
  [[nodiscard]] hal::GpioLines& gpio_lines() override { return gpio_lines_; }
  [[nodiscard]] hal::Leds& leds() override { return leds_; }
  [[nodiscard]] hal::Network& network() override { return *network_; }
  [[nodiscard]] std::unique_ptr<relay::http::Client> make_client(relay::http::ClientOptions options) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_tcp(const std::string& host,
                                                                                 std::uint16_t port) override;
  [[nodiscard]] relay::Result<std::unique_ptr<relay::http::Listener>> listen_unix(const std::string& path,
                                                                                  unsigned mode) override;
  [[nodiscard]] relay::outbox::SqliteOutboxSettings place(relay::outbox::SqliteOutboxSettings storage) override;

  fakes::ReadyQueue queue;
  fakes::VirtualTimers timers;

 private:
  relay::Task<> run_start();
  void spawn(relay::Task<> task, std::function<void()> done);

  World& world_;
  int number_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  BootClock clock_;
  fakes::SeededRandom random_;
  WatchedLog log_;
  const relay::config::Document& document_;  ///< The world's.
  hal::SimSerialPorts serial_ports_;
  hal::SimGpioLines gpio_lines_;
  hal::SimLeds leds_;
  std::unique_ptr<hal::Network> network_;
  std::vector<std::weak_ptr<LanConnection>> connections_;
  LanListener* api_ = nullptr;    ///< Owned by the appliance's server.
  LanListener* admin_ = nullptr;  ///< Owned by the appliance's server.
  std::unique_ptr<firmware::Appliance> appliance_;
  bool starting_ = false;
  bool started_ = false;
  bool failed_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace sim
