#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/ledger.hpp"
#include "tests/sim/store_view.hpp"

namespace sim {

class World;

/// Holds the box to the contract of delivery (docs/delivery.md), by what the world saw and by what stands in the store;
/// never by what the product thinks. Each breach is told to World::violate with its invariant.
class Judge {
 public:
  explicit Judge(World& world);

  // what the world saw
  void attempt_begins(std::size_t send);
  void accepted(std::size_t send);
  void answered(std::size_t send);
  void state_told(std::size_t item, relay::State state, std::string_view by_whom);
  void log_line(std::string_view line);
  void watch_alarm(std::size_t item);
  /// The item of this submission must leave by the first provider of the chain within two minutes.
  void expect_first_provider(std::size_t submission);
  void expect_nobody_waits();
  void expect_event(const std::string& id);
  void watch_bounds();
  /// A submission was refused because the box's places, or its application's, are taken (I14).
  void refused_for_room(std::size_t submission);
  /// A submission was taken: not one of the places that are kept for alarms, if it is none.
  void taken_for_room(std::size_t submission);
  void letter_read(std::string_view from, std::string_view text);
  /// The application that reads them has come to the end of the list.
  void all_letters_read();

  // what stands in the store
  void look_after_death(bool power);
  /// Every message is final, every event delivered.
  [[nodiscard]] bool everything_over();
  void at_end();

  /// It is over, and older than what the box keeps.
  [[nodiscard]] bool may_be_gone(std::size_t item) const;
  /// Of one application: accepted by the box, not yet by a provider.
  [[nodiscard]] int waiting_of(int app) const;

 private:
  void look(bool after_death, bool thoroughly);
  void compare(const StoreView& view, bool after_death);
  void compare_message(const StoreView::Message& row, std::size_t item, bool after_death);
  void check_order(const StoreView& view);
  void check_copies(std::size_t item);
  [[nodiscard]] std::optional<WorldTime> modems_well_since() const;
  void check_alarm(std::size_t item, std::size_t provider_at, WorldTime from, relay::Millis bound);
  void check_shares();
  void check_history(const StoreView& view);
  void check_letters();
  [[nodiscard]] int came_back(int app) const;
  [[nodiscard]] bool may_be_forgotten(const Letter& letter) const;
  void spend(std::size_t send);
  [[nodiscard]] bool events_may_be_gone(const Submission& submission) const;
  [[nodiscard]] std::optional<int> queued_of(int app);
  [[nodiscard]] std::string name_of_item(std::size_t item) const;

  World& world_;
  StoreReader reader_;
  std::optional<StoreView> last_view_;
  std::map<std::string, WorldTime, std::less<>> opt_out_told_;  ///< By number: when the box heard of it.
  std::set<std::string, std::less<>> opt_outs_stored_;
  std::vector<WorldTime> letters_read_at_;             ///< To the end of the list.
  std::map<std::pair<int, std::int64_t>, int> spent_;  ///< Parts that providers took, by application and day.
  std::optional<WorldTime> room_refused_;              ///< When somebody last found the places taken.
  std::optional<WorldTime> room_looked_at_;
  std::vector<std::pair<WorldTime, int>> contest_;  ///< Acceptances of the flood contest: when, whose.
};

}  // namespace sim
