#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/time.hpp"

namespace relay::log {

/// Bounds the log's rate, event by event: of each event at most `burst` lines in a window; the rest is counted, and the
/// count is told when the window has passed. A storm of one event leaves the lines of the others alone. A value: no
/// clock, no lock of its own.
class RateLimit {
 public:
  struct Suppressed {
    std::string event;
    std::uint64_t count = 0;
  };

  static constexpr Millis window{10'000};
  /// Events are literals in our sources; this bound holds should one of them ever be made of input. The rest share one
  /// budget.
  static constexpr std::size_t max_events = 256;

  explicit RateLimit(std::uint64_t burst) : burst_(burst) {}

  /// Whether a line of this event may be written now.
  [[nodiscard]] bool admit(std::string_view event, SteadyTime now);
  /// What was dropped in windows that are over by `now`, each told once. Empty, at the cost of one comparison, while
  /// none is.
  [[nodiscard]] std::vector<Suppressed> take_suppressed(SteadyTime now);
  /// What was dropped so far, windows over or not: for the end of the program.
  [[nodiscard]] std::vector<Suppressed> take_all_suppressed();

  void set_burst(std::uint64_t burst) { burst_ = burst; }

 private:
  struct Budget {
    SteadyTime window_end{};
    std::uint64_t written = 0;
    std::uint64_t dropped = 0;
  };
  [[nodiscard]] std::vector<Suppressed> take_until(SteadyTime now);

  std::uint64_t burst_;
  std::map<std::string, Budget, std::less<>> budgets_;
  SteadyTime next_report_ = SteadyTime::max();  ///< The earliest end of a window in which something was dropped.
};

}  // namespace relay::log
