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
  void watch_bounds();

  // what stands in the store
  void look_after_death(bool power);
  /// Every message is final, every event delivered.
  [[nodiscard]] bool everything_over();
  void at_end();

  /// Of one application: accepted by the box, not yet by a provider.
  [[nodiscard]] int waiting_of(int app) const;

 private:
  void look(bool after_death, bool thoroughly);
  void compare(const StoreView& view, bool after_death);
  void compare_message(const StoreView::Message& row, std::size_t item, bool after_death);
  void check_order(const StoreView& view);
  void check_copies(std::size_t item);
  void check_alarm(std::size_t item, std::size_t provider_at, WorldTime from, relay::Millis bound);
  void check_shares();
  [[nodiscard]] std::string name_of_item(std::size_t item) const;

  World& world_;
  StoreReader reader_;
  std::optional<StoreView> last_view_;
  std::map<std::string, WorldTime, std::less<>> opt_out_told_;  ///< By number: when the box heard of it.
  std::set<std::string, std::less<>> opt_outs_stored_;
  std::vector<std::pair<WorldTime, int>> contest_;  ///< Acceptances of the flood contest: when, whose.
};

}  // namespace sim
