#pragma once

#include "relay/base/time.hpp"

namespace firmware::uplink {

struct JudgeSettings {
  relay::Millis interval{10'000};       ///< Between rounds while nothing is amiss.
  relay::Millis retry_interval{1'000};  ///< Between rounds while the verdict is in doubt.
  int failures_to_down = 2;             ///< Rounds in a row without any target reached.
  int successes_to_up = 3;              ///< Rounds in a row with a target reached.
  relay::Millis flap_window{
      600'000};  ///< Downs within this time make the next "up" slower: twice the successes each, up to 8 times.
};

/// Decides from rounds of probes whether the internet is there: quick to say "down" (a second round confirms the
/// first), slow to say "up" again, and slower when it flaps. Pure.
class Judge {
 public:
  explicit Judge(JudgeSettings settings) : settings_(settings) {}

  /// One round has ended. Returns whether the verdict changed.
  bool round(bool any_reached, relay::SteadyTime now);
  [[nodiscard]] bool up() const { return up_; }
  /// How long to wait before the next round.
  [[nodiscard]] relay::Millis pause() const;

 private:
  [[nodiscard]] int successes_needed() const;

  JudgeSettings settings_;
  bool up_ = true;  ///< Innocent until proven down: the first messages after a start do not wait for a verdict.
  int failures_ = 0;
  int successes_ = 0;
  int flaps_ = 0;
  relay::SteadyTime last_down_ = relay::SteadyTime::min();
};

}  // namespace firmware::uplink
