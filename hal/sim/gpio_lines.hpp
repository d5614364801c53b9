#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "hal/gpio_lines.hpp"

namespace hal {

/// Lines in memory: whoever plays the device at the other end is told of each change, in the middle of the call. A line
/// that is not there (add()) is refused as the real one is.
class SimGpioLines final : public GpioLines {
 public:
  using Name = std::pair<std::string, int>;  ///< Chip and line.

  void add(const GpioAddress& address, std::function<void(bool asserted)> device);
  /// From now on the line cannot be set: io.
  void break_off(const GpioAddress& address) { broken_.insert(name_of(address)); }
  [[nodiscard]] bool taken(const GpioAddress& address) const { return taken_.contains(name_of(address)); }

  [[nodiscard]] relay::Result<std::unique_ptr<GpioOutput>> output(const GpioAddress& address) override;

 private:
  class Output;
  [[nodiscard]] static Name name_of(const GpioAddress& address) { return {address.chip, address.line}; }

  std::map<Name, std::function<void(bool)>> devices_;
  std::set<Name> taken_;
  std::set<Name> broken_;
};

}  // namespace hal
