#include "relay/base/system_runtime.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <sys/random.h>

namespace relay {
namespace {

// On 32-bit machines by _TIME_BITS=64 (cmake/compiler.cmake): else the wall clock would jump to 1901 in January 2038.
static_assert(sizeof(timespec::tv_sec) == 8 && sizeof(std::time_t) == 8);
// What is stored and what goes over the wire is made of these (to_ms).
static_assert(sizeof(Millis::rep) == 8 && sizeof(WallTime) == 8 && sizeof(TimelineTime) == 8);

std::int64_t read_clock_ms(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

constexpr Millis longest_wait = std::chrono::hours{1};

}  // namespace

SteadyTime SystemClock::steady() const { return from_ms<SteadyTime>(read_clock_ms(CLOCK_BOOTTIME)); }
WallTime SystemClock::wall() const { return from_ms<WallTime>(read_clock_ms(CLOCK_REALTIME)); }

std::string SystemClock::boot_id() const {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

void SystemRandom::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();  // The kernel has no randomness to give: nothing that needs it may go on.
    }
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

SystemTimerQueue::SystemTimerQueue(asio::any_io_executor executor, const Clock& clock)
    : clock_(clock), timer_(std::move(executor)) {}

TimerQueue::Handle SystemTimerQueue::arm(SteadyTime when, std::move_only_function<void()> fire) {
  const Handle handle = next_handle_++;
  timers_.emplace(std::pair{when, handle}, std::move(fire));
  when_of_.emplace(handle, when);
  if (when < armed_for_) rearm();
  return handle;
}

bool SystemTimerQueue::disarm(Handle handle) {
  const auto found = when_of_.find(handle);
  if (found == when_of_.end()) return false;
  timers_.erase({found->second, handle});
  when_of_.erase(found);
  // A system timer that now fires for nothing re-arms itself; with none left it must not keep the loop alive.
  if (timers_.empty()) {
    armed_for_ = SteadyTime::max();
    timer_.cancel();
  }
  return true;
}

void SystemTimerQueue::rearm() {
  if (timers_.empty()) {
    armed_for_ = SteadyTime::max();
    return;
  }
  armed_for_ = timers_.begin()->first.first;
  // Far deadlines ("never" among them) are approached in steps: Asio's clock counts nanoseconds and would overflow.
  const Millis delay = std::clamp(armed_for_ - clock_.steady(), Millis{0}, longest_wait);
  timer_.expires_after(delay);
  timer_.async_wait([this](const asio::error_code& error) {
    if (!error) fire_due();
  });
}

void SystemTimerQueue::fire_due() {
  const SteadyTime now = clock_.steady();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    when_of_.erase(node.key().second);
    node.mapped()();
  }
  rearm();
}

}  // namespace relay
