#pragma once

#include <memory>
#include <utility>

#include <asio/any_io_executor.hpp>

#include "hal/gpio_lines.hpp"

namespace hal {

/// By libgpiod and the kernel's character devices (/dev/gpiochipN).
class LinuxGpioLines final : public GpioLines {
 public:
  /// `executor`: the loop in which inputs wait.
  explicit LinuxGpioLines(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  [[nodiscard]] relay::Result<std::unique_ptr<GpioOutput>> output(const GpioAddress& address) override;
  [[nodiscard]] relay::Result<std::unique_ptr<GpioInput>> input(const GpioAddress& address) override;

 private:
  asio::any_io_executor executor_;
};

}  // namespace hal
