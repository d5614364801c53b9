#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "hal/gpio_lines.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace hal {

/// Lines in memory: whoever plays the device at the other end is told of each change, in the middle of the call. A line
/// that is not there (add()) is refused as the real one is.
class SimGpioLines final : public GpioLines {
 public:
  using Name = std::pair<std::string, int>;  ///< Chip and line.

  explicit SimGpioLines(std::optional<relay::Runtime> runtime = std::nullopt) : runtime_(runtime) {}

  void add(const GpioAddress& address, std::function<void(bool asserted)> device);
  /// A line that somebody at the other end drives. Needs a runtime.
  void add_input(const GpioAddress& address);
  /// Whoever is at the other end of an input asserts it, or lets go.
  void drive(const GpioAddress& address, bool asserted);
  /// From now on the line cannot be set: io.
  void break_off(const GpioAddress& address) { broken_.insert(name_of(address)); }
  [[nodiscard]] bool taken(const GpioAddress& address) const { return taken_.contains(name_of(address)); }

  [[nodiscard]] relay::Result<std::unique_ptr<GpioOutput>> output(const GpioAddress& address) override;
  [[nodiscard]] relay::Result<std::unique_ptr<GpioInput>> input(const GpioAddress& address) override;

 private:
  class Output;
  class Input;
  struct Wire {
    explicit Wire(relay::Runtime runtime) : changed(std::move(runtime)) {}
    bool asserted = false;
    relay::Notification changed;
  };
  [[nodiscard]] static Name name_of(const GpioAddress& address) { return {address.chip, address.line}; }

  std::optional<relay::Runtime> runtime_;
  std::map<Name, std::function<void(bool)>> devices_;
  std::map<Name, std::shared_ptr<Wire>> wires_;
  std::set<Name> taken_;
  std::set<Name> broken_;
};

}  // namespace hal
