#pragma once

#include <cstdint>
#include <functional>

#include "relay/base/time.hpp"

namespace relay {

/// The timer seam: the loop calls `fire` once, never before `when`, on the loop's thread.
class TimerQueue {
 public:
  using Handle = std::uint64_t;  ///< Never 0; never reused.
  virtual ~TimerQueue() = default;
  virtual Handle arm(SteadyTime when, std::move_only_function<void()> fire) = 0;
  /// True when the timer had not fired yet: its function is destroyed without a call.
  virtual bool disarm(Handle handle) = 0;
};

}  // namespace relay
