#include "relay/log/rate_limit.hpp"

#include <algorithm>
#include <utility>

namespace relay::log {

bool RateLimit::admit(std::string_view event, SteadyTime now) {
  auto found = budgets_.find(event);
  if (found == budgets_.end()) {
    const std::string name{budgets_.size() < max_events ? event : std::string_view{"other"}};
    found = budgets_.try_emplace(name).first;
  }
  Budget& budget = found->second;
  // Drops of a window that is over stay counted until take_suppressed() tells them.
  if (now >= budget.window_end) {
    budget.window_end = now + window;
    budget.written = 0;
  }
  if (budget.written < burst_) {
    ++budget.written;
    return true;
  }
  ++budget.dropped;
  next_report_ = std::min(next_report_, budget.window_end);
  return false;
}

std::vector<RateLimit::Suppressed> RateLimit::take_suppressed(SteadyTime now) {
  if (now < next_report_) return {};
  return take_until(now);
}

std::vector<RateLimit::Suppressed> RateLimit::take_all_suppressed() { return take_until(SteadyTime::max()); }

std::vector<RateLimit::Suppressed> RateLimit::take_until(SteadyTime now) {
  std::vector<Suppressed> told;
  next_report_ = SteadyTime::max();
  for (auto& [event, budget] : budgets_) {
    if (budget.dropped == 0) continue;
    if (budget.window_end <= now) {
      told.push_back({event, std::exchange(budget.dropped, 0)});
    } else {
      next_report_ = std::min(next_report_, budget.window_end);
    }
  }
  return told;
}

}  // namespace relay::log
