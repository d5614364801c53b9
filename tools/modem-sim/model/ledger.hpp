#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "tools/modem-sim/model/event.hpp"

namespace modem_sim {

/// What tests and benches ask afterwards: which messages the network took, and how busy the modem was kept. Fed with
/// every event.
class Ledger {
 public:
  struct Entry {
    std::int64_t number = 0;  ///< 1, 2, 3 ... in order of acceptance
    relay::SteadyTime at;
    Acceptance acceptance;
  };
  /// Keeps the latest `max_entries` messages; the counts go on.
  explicit Ledger(std::size_t max_entries = 100'000) : max_entries_(max_entries) {}

  void take(std::span<const Event> events);

  [[nodiscard]] std::int64_t accepted() const { return accepted_; }
  [[nodiscard]] std::int64_t refused_pdus() const { return refused_pdus_; }
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }

  /// Busy is from Ctrl-Z to the end of the send; a gap is from there to the next Ctrl-Z. All from the first send on.
  struct Occupation {
    relay::Millis since_first_send{0};
    relay::Millis busy{0};
    relay::Millis last_gap{0};
    relay::Millis longest_gap{0};
    std::int64_t sends = 0;
    [[nodiscard]] double busy_share() const {
      return since_first_send.count() == 0
                 ? 0.0
                 : static_cast<double>(busy.count()) / static_cast<double>(since_first_send.count());
    }
  };
  /// Up to `now`; a send under way counts as far as it got.
  [[nodiscard]] Occupation occupation(relay::SteadyTime now) const;

 private:
  void begin_send(relay::SteadyTime at);
  void end_send(relay::SteadyTime at);

  std::size_t max_entries_;
  std::deque<Entry> entries_;
  std::int64_t accepted_ = 0;
  std::int64_t refused_pdus_ = 0;
  std::optional<relay::SteadyTime> first_send_;
  std::optional<relay::SteadyTime> sending_since_;
  std::optional<relay::SteadyTime> last_end_;
  Occupation past_;
};

}  // namespace modem_sim
