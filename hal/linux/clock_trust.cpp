#include "hal/linux/clock_trust.hpp"

#include <array>
#include <sys/stat.h>
#include <sys/timex.h>

#include "hal/linux/sysfs.hpp"
#include "relay/base/concat.hpp"

namespace hal {

LinuxClockTrust::LinuxClockTrust(std::string sys, std::string timesync, std::function<int(timex&)> read_kernel_clock)
    : sys_(std::move(sys)),
      timesync_(std::move(timesync)),
      read_kernel_clock_(read_kernel_clock ? std::move(read_kernel_clock)
                                           : [](timex& state) { return ::adjtimex(&state); }) {}

ClockFacts LinuxClockTrust::facts() {
  ClockFacts facts;
  timex state{};  // modes = 0: only read
  const int answer = read_kernel_clock_(state);
  facts.synchronised =
      answer >= 0 && answer != TIME_ERROR && (static_cast<unsigned>(state.status) & unsigned{STA_UNSYNC}) == 0;
  if (facts.synchronised) facts.error_bound = relay::Millis{state.maxerror / 1000};  // it is in microseconds
  struct stat folder{};
  struct stat touched{};
  const bool has_timesyncd = ::stat(timesync_.c_str(), &folder) == 0;
  facts.can_tell = answer >= 0 || has_timesyncd;
  if (answer < 0 && ::stat((timesync_ + "/synchronized").c_str(), &touched) == 0)
    facts.last_set = relay::from_ms<relay::WallTime>(static_cast<std::int64_t>(touched.st_mtim.tv_sec) * 1000);
  // A board may have two: its own without a battery, and one that was added with one. The kernel says which it used.
  for (const char* name : {"rtc0", "rtc1"}) {
    const std::string clock = relay::concat(sys_, "/class/rtc/", name, "/");
    const auto seconds = ask_kernel(clock + "since_epoch");
    if (!seconds) continue;
    const bool used = ask_kernel(clock + "hctosys") == "1";
    if (facts.has_battery_clock && !used) continue;
    facts.has_battery_clock = true;
    facts.set_from_battery_clock = used;
    if (const auto since_epoch = kernel_number(*seconds))
      facts.battery_clock = relay::from_ms<relay::WallTime>(*since_epoch * 1000);
  }
  return facts;
}

}  // namespace hal
