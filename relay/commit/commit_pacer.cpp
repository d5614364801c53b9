#include "relay/commit/commit_pacer.hpp"

#include <algorithm>
#include <cmath>

namespace relay::commit {
namespace {

/// Relaxed writes do not pile up beyond this, whatever their delay.
constexpr int max_waiting = 256;

}  // namespace

CommitPacer::CommitPacer(Settings settings, SteadyTime now)
    : settings_(settings), tokens_(settings.burst), counted_at_(now) {}

double CommitPacer::tokens_at(SteadyTime now) const {
  const double passed_s = static_cast<double>((now - counted_at_).count()) / 1000.0;
  return std::min<double>(settings_.burst, tokens_ + passed_s * settings_.rate_per_second);
}

std::optional<SteadyTime> CommitPacer::commit_at(const Waiting& waiting, SteadyTime now) const {
  if (waiting.all == 0) return std::nullopt;
  if (waiting.urgent || waiting.paced >= settings_.group || waiting.all >= max_waiting) return now;

  std::optional<SteadyTime> at;
  if (waiting.paced_since) {
    const double tokens = tokens_at(now);
    if (tokens >= 1.0) return now;
    const Millis refill{std::llround(std::ceil(1000.0 / settings_.rate_per_second))};
    const Millis next_token{std::llround(std::ceil((1.0 - tokens) * 1000.0 / settings_.rate_per_second))};
    at = std::min(*waiting.paced_since + refill, now + next_token);
  }
  if (waiting.relaxed_since) {
    const SteadyTime relaxed = *waiting.relaxed_since + settings_.relaxed_delay;
    at = at ? std::min(*at, relaxed) : relaxed;
  }
  return at;
}

void CommitPacer::committed(SteadyTime now) {
  tokens_ = std::max(0.0, tokens_at(now) - 1.0);
  counted_at_ = now;
}

}  // namespace relay::commit
