#include "hal/linux/gpio_lines.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <gpiod.h>
#include <utility>

#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/use_awaitable.hpp>

#include "relay/base/concat.hpp"

namespace hal {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::Task;

constexpr auto as_values = asio::experimental::as_tuple(asio::use_awaitable);
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

class LinuxGpioInput final : public GpioInput {
 public:
  LinuxGpioInput(asio::any_io_executor executor, Chip chip, gpiod_line* line, int events, std::string name)
      : chip_(std::move(chip)), line_(line), events_(std::move(executor), events), name_(std::move(name)) {}

  Result<bool> asserted() override {
    const int value = gpiod_line_get_value(line_);
    if (value >= 0) return value == 1;
    return fail(ErrorCode::io, concat(name_, " cannot be read: ", std::strerror(errno)));
  }

  Task<Result<void>> changed() override {
    auto [error] = co_await events_.async_wait(asio::posix::stream_descriptor::wait_read, as_values);
    if (error == asio::error::operation_aborted)
      co_return fail(ErrorCode::cancelled, name_ + ": the wait was cancelled");
    if (error) co_return fail(ErrorCode::io, concat(name_, " cannot be watched: ", error.message()));
    // One read takes up to this many of what waits; the rest wakes the next call.
    std::array<gpiod_line_event, 16> burst{};
    if (gpiod_line_event_read_multiple(line_, burst.data(), burst.size()) >= 0) co_return Result<void>{};
    co_return fail(ErrorCode::io, concat(name_, " cannot be read: ", std::strerror(errno)));
  }

 private:
  Chip chip_;
  gpiod_line* line_;                       ///< The chip's.
  asio::posix::stream_descriptor events_;  ///< A duplicate of the line's own descriptor.
  std::string name_;
};

std::unexpected<relay::Error> refused(const std::string& name, int error) {
  if (error == EBUSY)
    return fail(ErrorCode::unavailable, concat(name, " is in use by another program (gpioinfo shows which)"));
  if (error == EACCES || error == EPERM)
    return fail(ErrorCode::io, concat(name, ": this user may not use it; put it into the group of /dev/gpiochip*"));
  return fail(ErrorCode::io, concat(name, ": ", std::strerror(error)));
}

std::string name_of(const GpioAddress& address) { return concat("GPIO line ", address.line, " of ", address.chip); }

struct Found {
  Chip chip;
  gpiod_line* line = nullptr;
};

Result<Found> find(const GpioAddress& address) {
  const std::string name = name_of(address);
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
  return Found{std::move(chip), line};
}

}  // namespace

Result<std::unique_ptr<GpioOutput>> LinuxGpioLines::output(const GpioAddress& address) {
  auto found = find(address);
  if (!found) return std::unexpected(found.error());
  const int flags = address.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW : 0;
  if (gpiod_line_request_output_flags(found->line, consumer, flags, 0) != 0) return refused(name_of(address), errno);
  return std::make_unique<LinuxGpioOutput>(std::move(found->chip), found->line, name_of(address));
}

Result<std::unique_ptr<GpioInput>> LinuxGpioLines::input(const GpioAddress& address) {
  auto found = find(address);
  if (!found) return std::unexpected(found.error());
  const int flags = address.active_low ? GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW | GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP
                                       : GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
  if (gpiod_line_request_both_edges_events_flags(found->line, consumer, flags) != 0)
    return refused(name_of(address), errno);
  const int events = ::fcntl(gpiod_line_event_get_fd(found->line), F_DUPFD_CLOEXEC, 0);
  if (events < 0) return refused(name_of(address), errno);
  return std::make_unique<LinuxGpioInput>(executor_, std::move(found->chip), found->line, events, name_of(address));
}

}  // namespace hal
