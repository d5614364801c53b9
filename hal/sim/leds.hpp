#pragma once

#include <functional>
#include <string>
#include <utility>

#include "hal/leds.hpp"

namespace hal {

/// One lamp in memory, and somebody who looks at it.
class SimLeds final : public Leds {
 public:
  explicit SimLeds(std::string name = "status") : name_(std::move(name)) {}
  void on_change(std::function<void(bool lit)> watcher) { watcher_ = std::move(watcher); }
  [[nodiscard]] bool lit() const { return lit_; }

  [[nodiscard]] relay::Result<void> light(const std::string& name, bool on) override {
    if (name != name_) return relay::fail(relay::ErrorCode::not_found, "there is no lamp " + name);
    if (watcher_ && on != lit_) watcher_(on);
    lit_ = on;
    return {};
  }

 private:
  std::string name_;
  std::function<void(bool)> watcher_;
  bool lit_ = false;
};

}  // namespace hal
