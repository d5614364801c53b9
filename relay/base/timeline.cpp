#include "relay/base/timeline.hpp"

#include <algorithm>

#include "relay/base/planted_fault.hpp"

namespace relay {

Timeline::Timeline(const Clock& clock)
    : clock_(clock),
      boot_id_(clock.boot_id()),
      start_steady_(clock.steady()),
      start_(from_ms<TimelineTime>(to_ms(clock.wall()))) {}

Timeline::Timeline(const Clock& clock, const Anchor& last) : Timeline(clock) {
  const bool same_boot = last.boot_id == boot_id_ && start_steady_ >= last.steady;
  // A clock that nobody has set since a power loss shows some time near 1970: the way from there to now is no time that
  // has passed.
  const Millis by_wall = last.wall >= first_plausible_wall ? clock.wall() - last.wall : Millis{0};
  const Millis passed = same_boot ? start_steady_ - last.steady : std::max(Millis{0}, by_wall);
  start_ = last.timeline + (planted(PlantedFault::timeline_by_wall_after_restart) ? by_wall : passed);
}

TimelineTime Timeline::now() const { return start_ + (clock_.steady() - start_steady_); }

Timeline::Anchor Timeline::anchor() const {
  const SteadyTime steady = clock_.steady();
  return {boot_id_, steady, clock_.wall(), start_ + (steady - start_steady_)};
}

WallTime Timeline::to_wall(TimelineTime t) const { return clock_.wall() + (t - now()); }
TimelineTime Timeline::from_wall(WallTime t) const { return now() + (t - clock_.wall()); }
SteadyTime Timeline::to_steady(TimelineTime t) const { return start_steady_ + (t - start_); }
TimelineTime Timeline::from_steady(SteadyTime t) const { return start_ + (t - start_steady_); }

}  // namespace relay
