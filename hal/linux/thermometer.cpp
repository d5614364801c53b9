#include "hal/linux/thermometer.hpp"

#include "hal/linux/sysfs.hpp"
#include "relay/base/concat.hpp"

namespace hal {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;

constexpr int most_zones = 32;

}  // namespace

relay::Result<double> LinuxThermometer::celsius(const std::string& zone) {
  for (int i = 0; i < most_zones; ++i) {
    const std::string folder = concat(sys_, "/class/thermal/thermal_zone", i, "/");
    const auto type = ask_kernel(folder + "type");
    if (!type) break;  // they are numbered without gaps
    if (!zone.empty() && *type != zone) continue;
    const auto text = ask_kernel(folder + "temp");
    const auto milli = text ? kernel_number(*text) : std::nullopt;
    if (!milli) return fail(ErrorCode::io, concat("the thermal zone ", *type, " does not answer"));
    return static_cast<double>(*milli) / 1000.0;
  }
  return fail(ErrorCode::not_found, zone.empty() ? std::string{"this machine has no thermal zone"}
                                                 : concat("there is no thermal zone ", zone));
}

}  // namespace hal
