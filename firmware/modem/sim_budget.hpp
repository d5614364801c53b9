#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/time.hpp"

namespace modem {

/// How many message parts a SIM may send; 0: no limit (facts/modem.md 7: operators block consumer SIMs from 100 to 200
/// an hour or 1000 a day).
struct SimLimits {
  int per_hour = 0;
  int per_day = 0;
  int per_month = 0;
};

/// What one SIM has sent in the hour, the day and the month (UTC, of the timeline: no jump of the wall clock gives or
/// takes an allowance). Kept across restarts as text(). Pure.
class SimBudget {
 public:
  explicit SimBudget(SimLimits limits) : limits_{limits.per_hour, limits.per_day, limits.per_month} {}

  struct Use {
    std::string_view period;  ///< "hour", "day", "month"
    int parts = 0;
    int limit = 0;  ///< 0: none
    relay::TimelineTime ends{};
  };
  [[nodiscard]] std::array<Use, 3> uses(relay::TimelineTime now) const;
  /// The limit that is reached and ends last; nothing: one more part may go.
  [[nodiscard]] std::optional<Use> reached(relay::TimelineTime now) const;
  void charge(relay::TimelineTime now, int parts = 1);

  /// For the store: "hour:parts day:parts month:parts".
  [[nodiscard]] std::string text() const;
  /// Another SIM, or a restart: what text() was, empty when nothing is known of it.
  void restore(std::string_view text);

 private:
  struct Count {
    std::int64_t period = -1;  ///< Since the timeline's epoch.
    int parts = 0;
  };
  std::array<int, 3> limits_;
  std::array<Count, 3> counts_;
};

}  // namespace modem
