#pragma once

#include <asio/any_io_executor.hpp>

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/base/random.hpp"
#include "relay/base/timer_queue.hpp"

namespace relay {

/// The four seams that every flow needs, and the log. A value of references: copy it freely; main() (or the simulator)
/// owns what it names and outlives everything that holds a copy. Everything named here is used from the loop's one
/// thread only, except the log.
struct Runtime {
  asio::any_io_executor executor;
  Clock& clock;
  TimerQueue& timers;
  Random& random;
  Log& log;
};

}  // namespace relay
