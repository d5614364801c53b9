#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "relay/base/time.hpp"

namespace modem {

/// How many attempts a modem wants under way, so that it never waits for the journal: one at the modem, and behind it
/// as many as it sends while the next ones are committed. A slow modem wants a short line, since what is journalled and
/// not yet sent is in doubt after a crash, and cannot be overtaken any more. Pure.
class SendPace {
 public:
  /// What a start may wait for its commit under load (83 ms, docs/decisions/0004-commit-pacing.md), and for a slow
  /// disk's sync.
  static constexpr double journal_ms = 200;
  static constexpr int shortest = 2;
  static constexpr int longest = 16;

  /// A message was accepted, `took` after it came to the modem.
  void note(relay::Millis took) {
    const auto ms = static_cast<double>(took.count());
    mean_ms_ = mean_ms_ ? *mean_ms_ + (ms - *mean_ms_) / smoothing : ms;
  }
  /// shortest to longest; the shortest as long as nothing is known.
  [[nodiscard]] int attempts() const {
    if (!mean_ms_) return shortest;
    const double line = std::ceil(journal_ms / std::max(1.0, *mean_ms_));
    return static_cast<int>(std::clamp(1 + line, double{shortest}, double{longest}));
  }

 private:
  static constexpr double smoothing = 8;  ///< About so many messages are remembered.
  std::optional<double> mean_ms_;
};

}  // namespace modem
