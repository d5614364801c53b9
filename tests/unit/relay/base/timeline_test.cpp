#include "relay/base/timeline.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using relay::Millis;
using relay::Timeline;

TEST_GROUP(Timeline) { fakes::VirtualClock clock; };

TEST(Timeline, startsAtTheWallClock) { CHECK(relay::to_ms(Timeline(clock).now()) == relay::to_ms(clock.wall())); }

TEST(Timeline, wallJumpsDoNotMoveIt) {
  const Timeline timeline(clock);
  const auto before = timeline.now();
  clock.jump_wall(std::chrono::hours{-24});
  clock.advance(Millis{1500});
  CHECK((timeline.now() - before) == Millis{1500});
  CHECK(timeline.to_wall(timeline.now()) == clock.wall());
}

TEST(Timeline, goesOnExactlyWithinABootWhateverTheWallClockDid) {
  const auto anchor = Timeline(clock).anchor();
  clock.advance(Millis{700});
  clock.jump_wall(std::chrono::hours{5});
  CHECK((Timeline(clock, anchor).now() - anchor.timeline) == Millis{700});
}

TEST(Timeline, aRebootAddsWhatTheWallClockSaysAndNeverGoesBack) {
  const auto anchor = Timeline(clock).anchor();
  clock.reboot("boot-2");
  clock.jump_wall(Millis{90'000});
  CHECK((Timeline(clock, anchor).now() - anchor.timeline) == Millis{90'000});
  clock.jump_wall(std::chrono::hours{-24 * 365});
  CHECK(Timeline(clock, anchor).now() == anchor.timeline);
}
