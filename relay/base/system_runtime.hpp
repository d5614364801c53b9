#pragma once

#include <functional>
#include <map>
#include <utility>

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include "relay/base/clock.hpp"
#include "relay/base/random.hpp"
#include "relay/base/timer_queue.hpp"

namespace relay {

/// CLOCK_BOOTTIME, CLOCK_REALTIME and /proc/sys/kernel/random/boot_id.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const override;
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] std::string boot_id() const override;
};

/// getrandom(2): fit for key material.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override;
};

/// All timers of the process over one Asio timer, which is armed for the earliest.
class SystemTimerQueue final : public TimerQueue {
 public:
  SystemTimerQueue(asio::any_io_executor executor, const Clock& clock);
  Handle arm(SteadyTime when, std::move_only_function<void()> fire) override;
  bool disarm(Handle handle) override;

 private:
  void rearm();
  void fire_due();

  const Clock& clock_;
  asio::steady_timer timer_;
  Handle next_handle_ = 1;
  std::map<std::pair<SteadyTime, Handle>, std::move_only_function<void()>> timers_;
  std::map<Handle, SteadyTime> when_of_;
  SteadyTime armed_for_ = SteadyTime::max();
};

}  // namespace relay
