#include "hal/linux/leds.hpp"

#include <filesystem>

#include "hal/linux/sysfs.hpp"
#include "relay/base/concat.hpp"

namespace hal {

using relay::ErrorCode;
using relay::fail;
using relay::Result;

Result<void> LinuxLeds::light(const std::string& name, bool on) {
  const std::string folder = relay::concat(sys_, "/class/leds/", name, "/");
  if (!taken_.contains(name)) {
    std::error_code unreadable;  // told by the writing
    if (!std::filesystem::exists(folder, unreadable) && !unreadable)
      return fail(ErrorCode::not_found, relay::concat("there is no ", folder));
    if (const auto taken = tell_kernel(folder + "trigger", "none"); !taken) return std::unexpected(taken.error());
    taken_.insert(name);
  }
  const auto done = tell_kernel(folder + "brightness", on ? "1" : "0");
  return done ? Result<void>{} : std::unexpected(done.error());
}

}  // namespace hal
