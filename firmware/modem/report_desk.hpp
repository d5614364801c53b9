#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/time.hpp"
#include "relay/outbox/outbox.hpp"

namespace modem {

/// Keeps delivery reports back while they could be about a send whose own outcome is not journalled yet: a report can
/// overtake the +CMGS answer (facts/modem.md 0.7), and a receipt without a journalled reference would match nothing.
/// Pure: time is passed in.
class ReportDesk {
 public:
  static constexpr relay::Millis longest_hold{60'000};
  /// After a send has ended its outcome goes to the store first; the report follows at this distance.
  static constexpr relay::Millis settle{500};
  static constexpr std::size_t max_held = 256;  ///< One more lets the oldest go.

  void send_started(std::string_view recipient);
  /// `refs`: what the modem called its parts. A report that names one of them need not wait for a later send to the
  /// same number.
  void send_ended(std::string_view recipient, std::vector<std::string> refs, relay::SteadyTime now);

  void add(relay::outbox::Receipt receipt, relay::SteadyTime now);
  /// Reports that may go now, oldest first.
  [[nodiscard]] std::vector<relay::outbox::Receipt> due(relay::SteadyTime now);
  [[nodiscard]] std::optional<relay::SteadyTime> next_due() const;

 private:
  struct Send {
    std::string recipient;
    std::optional<relay::SteadyTime> ended;
    std::vector<std::string> refs;
  };
  struct Held {
    relay::outbox::Receipt receipt;
    relay::SteadyTime since;
  };
  /// When the report may go; nothing: not before one of the sends has ended.
  [[nodiscard]] relay::SteadyTime free_at(const Held& held) const;
  void forget_old_sends(relay::SteadyTime now);

  std::deque<Send> sends_;  ///< Under way, or ended less than `longest_hold` ago.
  std::deque<Held> held_;
};

/// The digits by which a number is compared: the last seven, since what went out as international may come back as
/// national (facts/modem.md 0.6). Empty when there are none.
[[nodiscard]] std::string comparable_digits(std::string_view number);

}  // namespace modem
