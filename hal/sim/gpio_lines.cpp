#include "hal/sim/gpio_lines.hpp"

#include "relay/base/concat.hpp"

namespace hal {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;

class SimGpioLines::Output final : public GpioOutput {
 public:
  Output(SimGpioLines& lines, Name name) : lines_(lines), name_(std::move(name)) {}
  ~Output() override { lines_.taken_.erase(name_); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  Result<void> set(bool asserted) override {
    if (lines_.broken_.contains(name_)) return fail(ErrorCode::io, concat("line ", name_.second, " cannot be set"));
    lines_.devices_.at(name_)(asserted);
    return {};
  }

 private:
  SimGpioLines& lines_;
  Name name_;
};

void SimGpioLines::add(const GpioAddress& address, std::function<void(bool)> device) {
  devices_.insert_or_assign(name_of(address), std::move(device));
}

Result<std::unique_ptr<GpioOutput>> SimGpioLines::output(const GpioAddress& address) {
  const Name name = name_of(address);
  if (!devices_.contains(name)) return fail(ErrorCode::not_found, concat(address.chip, " has no line ", address.line));
  if (!taken_.insert(name).second) return fail(ErrorCode::unavailable, concat("line ", address.line, " is in use"));
  return std::make_unique<Output>(*this, name);
}

}  // namespace hal
