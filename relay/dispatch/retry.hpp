#pragma once

#include "relay/base/random.hpp"
#include "relay/base/time.hpp"
#include "relay/chain/token_bucket.hpp"
#include "relay/message/vocabulary.hpp"

namespace relay::dispatch {

struct RetrySettings {
  Millis first{1'000};  ///< The back-off before the second pass is drawn from [0, first], doubling per pass ...
  Millis most{60'000};  ///< ... up to this.
  double budget_per_second =
      5;  ///< Passes beyond the first, over all messages but alarms: retries never become the load.
  double budget_depth = 100;
};

/// When a message that no provider took goes through the chain again: full jitter (a random time up to the bound), and
/// a budget shared by all messages. An empty budget stretches the back-off to its greatest.
class RetryPolicy {
 public:
  RetryPolicy(RetrySettings settings, Random& random)
      : settings_(settings), random_(random), budget_(settings.budget_per_second, settings.budget_depth) {}

  [[nodiscard]] Millis back_off(MessageClass message_class, int attempts, SteadyTime now);

 private:
  RetrySettings settings_;
  Random& random_;
  chain::TokenBucket budget_;
};

}  // namespace relay::dispatch
