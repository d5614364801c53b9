#pragma once

#include <chrono>
#include <cstdint>

namespace relay {

using Millis = std::chrono::milliseconds;

namespace detail {
template <class Tag>
struct ClockTag {
  using rep = std::int64_t;
  using period = std::milli;
  using duration = Millis;
  using time_point = std::chrono::time_point<Tag, Millis>;
  static constexpr bool is_steady = false;
};
struct WallTag : ClockTag<WallTag> {};
struct SteadyTag : ClockTag<SteadyTag> {};
struct TimelineTag : ClockTag<TimelineTag> {};
}  // namespace detail

/// Milliseconds since the Unix epoch by the system's idea of civil time. It jumps. For people and for protocols only.
using WallTime = std::chrono::time_point<detail::WallTag, Millis>;

/// Milliseconds since this boot, including suspend (CLOCK_BOOTTIME). It never jumps, and it means nothing after a
/// reboot.
using SteadyTime = std::chrono::time_point<detail::SteadyTag, Millis>;

/// Milliseconds on the box's own durable time line (timeline.hpp): runs with the steady clock, goes on over a reboot
/// and never goes back. Every deadline that is stored is a TimelineTime.
using TimelineTime = std::chrono::time_point<detail::TimelineTag, Millis>;

template <class Time>
[[nodiscard]] constexpr std::int64_t to_ms(Time time) {
  return time.time_since_epoch().count();
}
template <class Time>
[[nodiscard]] constexpr Time from_ms(std::int64_t ms) {
  return Time{Millis{ms}};
}

}  // namespace relay
