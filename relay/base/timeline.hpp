#pragma once

#include <string>

#include "relay/base/clock.hpp"

namespace relay {

/// The box's own durable time. Wall clocks jump and steady clocks end with a boot; deadlines must survive both. The
/// timeline runs with the steady clock. Its position is stored now and then as an Anchor; after a restart within the
/// same boot it goes on exactly, after a reboot it advances by what the wall clock says has passed, and never
/// backwards. A wall clock that was not set (it showed a time before 2025) says nothing: the timeline then stands still
/// through the power loss.
class Timeline {
 public:
  struct Anchor {
    std::string boot_id;
    SteadyTime steady{};
    WallTime wall{};
    TimelineTime timeline{};
  };

  /// A new box: the timeline starts at the wall clock's reading, so that the two agree until the wall clock jumps.
  explicit Timeline(const Clock& clock);
  Timeline(const Clock& clock, const Anchor& last);

  [[nodiscard]] TimelineTime now() const;
  [[nodiscard]] Anchor anchor() const;  ///< To be stored, at least once a minute while running.

  /// What the wall clock will show at `t`, and the reverse, as the wall clock runs now.
  [[nodiscard]] WallTime to_wall(TimelineTime t) const;
  [[nodiscard]] TimelineTime from_wall(WallTime t) const;
  /// When the steady clock reaches `t`.
  [[nodiscard]] SteadyTime to_steady(TimelineTime t) const;
  [[nodiscard]] TimelineTime from_steady(SteadyTime t) const;

 private:
  const Clock& clock_;
  std::string boot_id_;
  SteadyTime start_steady_;
  TimelineTime start_;
};

}  // namespace relay
