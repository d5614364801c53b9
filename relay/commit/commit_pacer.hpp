#pragma once

#include <optional>

#include "relay/base/time.hpp"

namespace relay::commit {

/// When the waiting writes are committed (docs/decisions/0004-commit-pacing.md). Pure: time is passed in.
///
/// Each commit costs the flash about one page more than its contents, so that under load fewer, larger commits are
/// kinder; but a lone caller should not wait. Hence a token bucket: a commit takes a token if there is one, and a paced
/// write goes at once while there are any.
class CommitPacer {
 public:
  struct Settings {
    double rate_per_second = 12;  ///< Tokens refilled, so the sustained commits per second of paced writes. > 0.
    int burst = 64;               ///< Tokens at most.
    int group = 8;                ///< So many paced writes are company enough to commit without a token.
    Millis relaxed_delay{250};    ///< A relaxed write waits so long for company at most.
  };

  /// What waits for a commit.
  struct Waiting {
    bool urgent = false;  ///< A write of Urgency::now is among them.
    int paced = 0;
    int all = 0;
    std::optional<SteadyTime> paced_since;    ///< Since when the oldest paced write waits.
    std::optional<SteadyTime> relaxed_since;  ///< And the oldest relaxed one.
  };

  CommitPacer(Settings settings, SteadyTime now);

  /// When to commit what waits: `now` or earlier means at once; nothing when nothing waits.
  [[nodiscard]] std::optional<SteadyTime> commit_at(const Waiting& waiting, SteadyTime now) const;
  /// A commit was made: it takes a token if there is one.
  void committed(SteadyTime now);

 private:
  [[nodiscard]] double tokens_at(SteadyTime now) const;

  Settings settings_;
  double tokens_;
  SteadyTime counted_at_;
};

}  // namespace relay::commit
