#include "relay/dispatch/retry.hpp"

#include <algorithm>

namespace relay::dispatch {
namespace {

constexpr Millis alarm_most{10'000};  // an alarm goes through the chain at least this often, so that I9's 30 s hold
constexpr int max_doublings = 16;

}  // namespace

Millis RetryPolicy::back_off(MessageClass message_class, int attempts, SteadyTime now) {
  const bool alarm = message_class == MessageClass::alarm;
  const Millis most = alarm ? std::min(settings_.most, alarm_most) : settings_.most;
  const int doublings = std::clamp(attempts - 1, 0, max_doublings);
  const Millis bound = std::min(most, settings_.first * (std::int64_t{1} << doublings));
  // Never 0: a pass that fails at once must not spin.
  const Millis jittered{1 + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound.count())))};
  if (alarm) return jittered;
  if (!budget_.has_token(now)) return settings_.most + jittered;
  budget_.take(now);
  return jittered;
}

}  // namespace relay::dispatch
