#include "firmware/uplink/judge.hpp"

#include <algorithm>

namespace firmware::uplink {
namespace {

constexpr int max_doublings = 3;

}  // namespace

int Judge::successes_needed() const {
  return settings_.successes_to_up * (1 << std::clamp(flaps_ - 1, 0, max_doublings));
}

bool Judge::round(bool any_reached, relay::SteadyTime now) {
  if (any_reached) {
    failures_ = 0;
    ++successes_;
    if (up_ || successes_ < successes_needed()) return false;
    up_ = true;
    return true;
  }
  successes_ = 0;
  ++failures_;
  if (!up_ || failures_ < settings_.failures_to_down) return false;
  up_ = false;
  const bool flapping = last_down_ != relay::SteadyTime::min() && now - last_down_ < settings_.flap_window;
  flaps_ = flapping ? flaps_ + 1 : 1;
  last_down_ = now;
  return true;
}

relay::Millis Judge::pause() const {
  const bool in_doubt = up_ ? failures_ > 0 : true;
  return in_doubt ? settings_.retry_interval : settings_.interval;
}

}  // namespace firmware::uplink
