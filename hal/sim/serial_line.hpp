#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hal/serial_port.hpp"
#include "relay/base/runtime.hpp"

namespace hal {

/// One simulated serial line. The program under test opens its near end through SimSerialPorts; the test plays the
/// device at the far end. No threads, no real time: fit for the simulator's clock.
class SimSerialLine {
 public:
  explicit SimSerialLine(relay::Runtime runtime);
  ~SimSerialLine();
  SimSerialLine(const SimSerialLine&) = delete;
  SimSerialLine& operator=(const SimSerialLine&) = delete;

  /// The device hears: called in the middle of the program's write, with what it wrote.
  void on_heard(std::function<void(std::string_view)> device);
  /// The device notices that somebody has opened the line.
  void on_opened(std::function<void()> device) { opened_ = std::move(device); }
  /// The device notices that it is taken from its USB driver (false) or given back to it (true).
  void on_attached(std::function<void(bool)> device) { attached_ = std::move(device); }
  /// The hub takes its power (false), or gives it back (true).
  void on_powered(std::function<void(bool)> device) { powered_ = std::move(device); }
  /// The device speaks. Lost when nobody has the line open (as a real one is).
  void say(std::string_view bytes);
  void unplug();  ///< Reads and writes of the open end fail with io; opening it is not_found.
  void plug();
  [[nodiscard]] bool is_open() const;
  [[nodiscard]] int times_opened() const { return times_opened_; }

 private:
  friend class SimSerialPorts;
  struct End;  ///< What an open end and the line share.
  class Port;
  [[nodiscard]] std::unique_ptr<SerialPort> open();

  relay::Runtime runtime_;
  std::function<void(std::string_view)> device_;
  std::function<void()> opened_;
  std::function<void(bool)> attached_;
  std::function<void(bool)> powered_;
  std::shared_ptr<End> end_;
  bool plugged_ = true;
  int times_opened_ = 0;
};

/// Simulated lines by name.
class SimSerialPorts final : public SerialPorts {
 public:
  explicit SimSerialPorts(relay::Runtime runtime) : runtime_(std::move(runtime)) {}
  /// The line of that name, made at first use.
  [[nodiscard]] SimSerialLine& line(const std::string& device);
  /// Another name for the line `device`, as a stable link is; may be moved to another line.
  void link(const std::string& name, const std::string& device) { links_[name] = device; }
  /// The device behind the line is on USB.
  void put_on_usb(const std::string& device, UsbPort port) { usb_[device] = std::move(port); }

  [[nodiscard]] relay::Result<std::unique_ptr<SerialPort>> open(const SerialSettings& settings) override;
  [[nodiscard]] std::optional<UsbPort> usb_port(const std::string& device) const override;
  [[nodiscard]] relay::Result<bool> detach_usb(const UsbPort& port) override { return tell_usb(port, false); }
  [[nodiscard]] relay::Result<bool> attach_usb(const UsbPort& port) override { return tell_usb(port, true); }
  [[nodiscard]] relay::Result<bool> set_usb_power(const UsbPort& port, bool on) override;

 private:
  [[nodiscard]] std::string resolved(const std::string& name) const;
  [[nodiscard]] relay::Result<bool> tell_usb(const UsbPort& port, bool attached);

  relay::Runtime runtime_;
  std::map<std::string, std::string, std::less<>> links_;
  std::map<std::string, UsbPort, std::less<>> usb_;
  std::map<std::string, std::unique_ptr<SimSerialLine>, std::less<>> lines_;
};

}  // namespace hal
