#include "hal/sim/serial_line.hpp"

#include <algorithm>
#include <utility>

namespace hal {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

struct SimSerialLine::End {
  explicit End(relay::Runtime runtime) : changed(std::move(runtime)) {}
  std::string unread;
  bool gone = false;
  bool closed = false;
  SimSerialLine* line = nullptr;  ///< Null once the line has been unplugged, reopened or destroyed.
  relay::Notification changed;
};

class SimSerialLine::Port final : public SerialPort {
 public:
  explicit Port(std::shared_ptr<End> end) : end_(std::move(end)) {}
  ~Port() override { Port::close(); }

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    auto end = end_;
    while (end->unread.empty() && !end->gone && !end->closed) {
      const bool woken = co_await end->changed.wait();
      if (!woken) co_return fail(ErrorCode::cancelled, "the read was cancelled");
    }
    if (end->closed) co_return fail(ErrorCode::cancelled, "the line was closed");
    if (end->gone) co_return fail(ErrorCode::io, "the line is gone");
    const std::size_t size = std::min(buffer.size(), end->unread.size());
    std::copy_n(end->unread.begin(), size, buffer.begin());
    end->unread.erase(0, size);
    co_return size;
  }

  Task<Result<std::size_t>> write(std::string_view bytes) override {
    if (end_->closed) co_return fail(ErrorCode::cancelled, "the line was closed");
    if (end_->gone || end_->line == nullptr) co_return fail(ErrorCode::io, "the line is gone");
    if (end_->line->device_) end_->line->device_(bytes);
    co_return bytes.size();
  }

  void discard_input() override { end_->unread.clear(); }

  void close() override {
    end_->closed = true;
    end_->changed.notify();
  }

 private:
  std::shared_ptr<End> end_;
};

SimSerialLine::SimSerialLine(relay::Runtime runtime) : runtime_(std::move(runtime)) {}

SimSerialLine::~SimSerialLine() { unplug(); }

void SimSerialLine::on_heard(std::function<void(std::string_view)> device) { device_ = std::move(device); }

void SimSerialLine::say(std::string_view bytes) {
  if (!is_open()) return;
  end_->unread += bytes;
  end_->changed.notify();
}

void SimSerialLine::unplug() {
  plugged_ = false;
  if (!end_) return;
  end_->gone = true;
  end_->line = nullptr;
  end_->changed.notify();
  end_.reset();
}

void SimSerialLine::plug() { plugged_ = true; }

bool SimSerialLine::is_open() const { return end_ && !end_->closed; }

std::unique_ptr<SerialPort> SimSerialLine::open() {
  end_ = std::make_shared<End>(runtime_);
  end_->line = this;
  ++times_opened_;
  if (opened_) opened_();
  return std::make_unique<Port>(end_);
}

SimSerialLine& SimSerialPorts::line(const std::string& device) {
  auto& line = lines_[device];
  if (!line) line = std::make_unique<SimSerialLine>(runtime_);
  return *line;
}

Result<std::unique_ptr<SerialPort>> SimSerialPorts::open(const SerialSettings& settings) {
  const auto found = lines_.find(resolved(settings.device));
  if (found == lines_.end() || !found->second->plugged_) {
    return fail(ErrorCode::not_found, "there is no device " + settings.device + " now");
  }
  if (found->second->is_open()) return fail(ErrorCode::conflict, settings.device + " is in use");
  return found->second->open();
}

std::string SimSerialPorts::resolved(const std::string& name) const {
  const auto link = links_.find(name);
  return link == links_.end() ? name : link->second;
}

std::optional<UsbPort> SimSerialPorts::usb_port(const std::string& device) const {
  const auto found = usb_.find(resolved(device));
  return found == usb_.end() ? std::nullopt : std::optional{found->second};
}

Result<bool> SimSerialPorts::tell_usb(const UsbPort& port, bool attached) {
  for (const auto& [device, its_port] : usb_) {
    if (its_port.bus_id != port.bus_id) continue;
    auto& its_line = line(device);
    if (its_line.attached_) its_line.attached_(attached);
    return true;
  }
  return fail(ErrorCode::not_found, "there is no USB device " + port.bus_id);
}

Result<bool> SimSerialPorts::set_usb_power(const UsbPort& port, bool on) {
  for (const auto& [device, its_port] : usb_) {
    if (its_port.bus_id != port.bus_id || port.power_switch.empty()) continue;
    auto& its_line = line(device);
    if (its_line.powered_) its_line.powered_(on);
    return true;
  }
  return fail(ErrorCode::not_found, "the power of USB port " + port.bus_id + " cannot be switched");
}

}  // namespace hal
