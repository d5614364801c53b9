#pragma once

#include <algorithm>

#include "relay/base/time.hpp"

namespace relay::chain {

/// A rate bound: `rate` tokens a second, at most `depth` saved up. Rate 0 is no bound. Time comes in with each call.
class TokenBucket {
 public:
  TokenBucket(double rate, double depth) : rate_(rate), depth_(std::max(1.0, depth)), tokens_(std::max(1.0, depth)) {}

  [[nodiscard]] bool has_token(SteadyTime now) const { return rate_ <= 0 || tokens_at(now) >= 1.0; }
  void take(SteadyTime now) {
    tokens_ = tokens_at(now) - 1.0;
    at_ = now;
  }
  void give_back() { tokens_ = std::min(depth_, tokens_ + 1.0); }
  /// When the next token will be there.
  [[nodiscard]] SteadyTime next_token(SteadyTime now) const {
    if (has_token(now)) return now;
    const double missing = 1.0 - tokens_at(now);
    return now + Millis{static_cast<std::int64_t>(missing / rate_ * 1000.0) + 1};
  }

 private:
  [[nodiscard]] double tokens_at(SteadyTime now) const {
    const double seconds = static_cast<double>((now - at_).count()) / 1000.0;
    return std::min(depth_, tokens_ + std::max(0.0, seconds) * rate_);
  }

  double rate_;
  double depth_;
  double tokens_;
  SteadyTime at_{};
};

}  // namespace relay::chain
