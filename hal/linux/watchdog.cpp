#include "hal/linux/watchdog.hpp"

#include "hal/linux/sysfs.hpp"
#include "relay/base/concat.hpp"

namespace hal {
namespace {

constexpr std::int64_t card_reset = 0x20;  // WDIOF_CARDRESET of linux/watchdog.h: "Card previously reset the CPU"

}  // namespace

relay::Result<WatchdogState> LinuxWatchdog::look(const std::string& device) {
  const std::string name = device.substr(device.rfind('/') + 1);
  const std::string folder = relay::concat(sys_, "/class/watchdog/", name, "/");
  const auto state = ask_kernel(folder + "state");
  if (!state) {
    return relay::fail(relay::ErrorCode::not_found,
                       relay::concat("this machine has no watchdog ", device, " (is its driver loaded?)"));
  }
  WatchdogState found{.identity = ask_kernel(folder + "identity").value_or(""), .running = *state == "active"};
  if (const auto timeout = ask_kernel(folder + "timeout")) {
    if (const auto seconds = kernel_number(*timeout)) found.timeout_s = static_cast<int>(*seconds);
  }
  const auto status = ask_kernel(folder + "bootstatus");
  const auto bits = status ? kernel_number(*status) : std::nullopt;
  found.reset_the_machine = bits && (*bits & card_reset) != 0;
  return found;
}

}  // namespace hal
