#pragma once

#include <optional>

#include "relay/base/clock.hpp"

namespace relay::providers::aws {

/// AWS's idea of the time. The box's wall clock until AWS has refused it once; from then on the time AWS told, carried
/// on by the steady clock, so that later jumps of the wall clock do not matter.
class ServerClock {
 public:
  explicit ServerClock(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] WallTime now() const {
    return ahead_ ? WallTime{clock_.steady().time_since_epoch() + *ahead_} : clock_.wall();
  }
  void set(WallTime server_now) { ahead_ = server_now.time_since_epoch() - clock_.steady().time_since_epoch(); }

 private:
  const Clock& clock_;
  std::optional<Millis> ahead_;  ///< Of the steady clock.
};

}  // namespace relay::providers::aws
