#pragma once

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "relay/base/time.hpp"

namespace modem {

/// Which share of the time a modem has had a message to send. Pure.
class BusyMeter {
 public:
  static constexpr relay::Millis window{10 * 60'000};

  explicit BusyMeter(relay::SteadyTime start) : start_(start) {}

  void begin(relay::SteadyTime now) { since_ = now; }
  void end(relay::SteadyTime now) {
    total_ += now - since_.value_or(now);
    since_.reset();
    // One mark a second at most: the share needs no more, and the marks stay few.
    if (marks_.empty() || now - marks_.back().first >= relay::Millis{1000}) marks_.emplace_back(now, total_);
    while (marks_.size() > 1 && now - marks_[1].first >= window) marks_.pop_front();
  }
  [[nodiscard]] relay::Millis total(relay::SteadyTime now) const { return total_ + (now - since_.value_or(now)); }
  /// Over the last ten minutes, or since the start; 0 to 1.
  [[nodiscard]] double share(relay::SteadyTime now) const {
    relay::SteadyTime from = start_;
    relay::Millis before{0};
    for (const auto& [at, busy] : marks_) {
      if (now - at < window) break;
      from = at;
      before = busy;
    }
    const auto span = std::max(relay::Millis{1}, now - from);
    return std::min(1.0, static_cast<double>((total(now) - before).count()) / static_cast<double>(span.count()));
  }

 private:
  relay::SteadyTime start_;
  std::optional<relay::SteadyTime> since_;
  relay::Millis total_{0};
  std::deque<std::pair<relay::SteadyTime, relay::Millis>> marks_;  ///< (when, total then), within the window.
};

}  // namespace modem
