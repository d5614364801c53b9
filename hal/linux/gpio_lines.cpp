#include "hal/linux/gpio_lines.hpp"

#include <cerrno>
#include <cstring>
#include <gpiod.h>
#include <utility>

#include "relay/base/concat.hpp"

namespace hal {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;

constexpr const char* consumer = "edge-relayd";  // gpioinfo(1) shows it

struct CloseChip {
  void operator()(gpiod_chip* chip) const { gpiod_chip_close(chip); }
};
using Chip = std::unique_ptr<gpiod_chip, CloseChip>;  // Closing it gives its lines back.

class LinuxGpioOutput final : public GpioOutput {
 public:
  LinuxGpioOutput(Chip chip, gpiod_line* line, std::string name)
      : chip_(std::move(chip)), line_(line), name_(std::move(name)) {}

  Result<void> set(bool asserted) override {
    if (gpiod_line_set_value(line_, asserted ? 1 : 0) == 0) return {};
    return fail(ErrorCode::io, concat(name_, " cannot be set: ", std::strerror(errno)));
  }

 private:
  Chip chip_;
  gpiod_line* line_;  ///< The chip's.
  std::string name_;
};

std::unexpected<relay::Error> refused(const std::string& name, int error) {
  if (error == EBUSY)
    return fail(ErrorCode::unavailable, concat(name, " is in use by another program (gpioinfo shows which)"));
  if (error == EACCES || error == EPERM)
    return fail(ErrorCode::io, concat(name, ": this user may not use it; put it into the group of /dev/gpiochip*"));
  return fail(ErrorCode::io, concat(name, ": ", std::strerror(error)));
}

}  // namespace

Result<std::unique_ptr<GpioOutput>> LinuxGpioLines::output(const GpioAddress& address) {
  std::string name = concat("GPIO line ", address.line, " of ", address.chip);
  Chip chip(gpiod_chip_open_by_label(address.chip.c_str()));
  if (!chip) {
    const int error = errno;
    if (error == EACCES || error == EPERM) return refused(name, error);
    return fail(ErrorCode::not_found,
                concat("this machine has no GPIO chip ", address.chip, "; gpiodetect lists those that it has"));
  }
  if (address.line < 0 || static_cast<unsigned>(address.line) >= gpiod_chip_num_lines(chip.get())) {
    return fail(ErrorCode::not_found, concat(address.chip, " has no line ", address.line, ", only 0 to ",
                                             gpiod_chip_num_lines(chip.get()) - 1));
  }
  gpiod_line* const line = gpiod_chip_get_line(chip.get(), static_cast<unsigned>(address.line));
  if (line == nullptr) return refused(name, errno);
  const int flags = address.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
  if (gpiod_line_request_output_flags(line, consumer, flags, 0) != 0) return refused(name, errno);
  return std::make_unique<LinuxGpioOutput>(std::move(chip), line, std::move(name));
}

}  // namespace hal
