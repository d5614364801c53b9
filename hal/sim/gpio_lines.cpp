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

class SimGpioLines::Input final : public GpioInput {
 public:
  Input(SimGpioLines& lines, Name name, std::shared_ptr<Wire> wire)
      : lines_(lines), name_(std::move(name)), wire_(std::move(wire)) {}
  ~Input() override { lines_.taken_.erase(name_); }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  Result<bool> asserted() override {
    if (lines_.broken_.contains(name_)) return fail(ErrorCode::io, concat("line ", name_.second, " cannot be read"));
    return wire_->asserted;
  }
  relay::Task<Result<void>> changed() override {
    const auto wire = wire_;
    const bool woken = co_await wire->changed.wait();
    if (!woken) co_return fail(ErrorCode::cancelled, "the wait was cancelled");
    if (lines_.broken_.contains(name_)) co_return fail(ErrorCode::io, concat("line ", name_.second, " cannot be read"));
    co_return Result<void>{};
  }

 private:
  SimGpioLines& lines_;
  Name name_;
  std::shared_ptr<Wire> wire_;
};

void SimGpioLines::add_input(const GpioAddress& address) {
  wires_.insert_or_assign(name_of(address), std::make_shared<Wire>(runtime_.value()));
}

void SimGpioLines::drive(const GpioAddress& address, bool asserted) {
  Wire& wire = *wires_.at(name_of(address));
  if (std::exchange(wire.asserted, asserted) != asserted) wire.changed.notify();
}

Result<std::unique_ptr<GpioInput>> SimGpioLines::input(const GpioAddress& address) {
  const Name name = name_of(address);
  const auto wire = wires_.find(name);
  if (wire == wires_.end()) return fail(ErrorCode::not_found, concat(address.chip, " has no line ", address.line));
  if (!taken_.insert(name).second) return fail(ErrorCode::unavailable, concat("line ", address.line, " is in use"));
  return std::make_unique<Input>(*this, name, wire->second);
}

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
