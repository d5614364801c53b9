#pragma once

#include "hal/gpio_lines.hpp"

namespace hal {

/// By libgpiod and the kernel's character devices (/dev/gpiochipN).
class LinuxGpioLines final : public GpioLines {
 public:
  [[nodiscard]] relay::Result<std::unique_ptr<GpioOutput>> output(const GpioAddress& address) override;
};

}  // namespace hal
