// What the world expects of the box's breakers (I7), by what the box was told of each provider.

#include <algorithm>

#include "relay/base/concat.hpp"
#include "tests/sim/clouds.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;

constexpr Millis probe_interval{60'000};  // [chain] probe_interval's default, as the run's settings leave it
/// From the dispatcher's choice to the first byte lies the journal's commit.
constexpr Millis journal_tolerance{1'000};
constexpr Millis slow_commits_over{10'000};
constexpr std::size_t breaker_window = 20;
constexpr int breaker_failures = 5;

}  // namespace

/// What the box was told of a provider counts for its breaker; while that must be open, only its probe does.
void Clouds::told(std::size_t send, const std::shared_ptr<Exchange>& exchange, Says says) {
  exchange->send.reset();
  Provider& of = providers_[world_.ledger.sends[send].provider];
  if (of.boot != exchange->boot_number) {
    of.boot = exchange->boot_number;
    of.failures_in_a_row = 0;
    of.faults.clear();
    of.must_be_open_since.reset();
    of.last_probe.reset();
    of.was_open = false;
  }
  if (says == Says::nothing) return;
  const bool failed = says != Says::works;
  if (of.must_be_open_since) {
    const bool probe = world_.ledger.sends[send].at >= *of.must_be_open_since + journal_tolerance;
    if (!failed && probe) {
      of.must_be_open_since.reset();
      of.last_probe.reset();
      of.failures_in_a_row = 0;
    }
    return;
  }
  of.faults.push_back(failed);
  if (of.faults.size() > breaker_window) of.faults.pop_front();
  of.failures_in_a_row = failed ? of.failures_in_a_row + 1 : 0;
  if (of.failures_in_a_row >= breaker_failures || says == Says::refuses_us) {
    of.must_be_open_since = world_.now();
    of.was_open = true;
  }
}

/// I7: while the breaker must be open, at most one attempt an interval.
void Clouds::watch_probe(const std::string& provider, int boot) {
  Provider& watched = providers_[provider];
  if (watched.boot != boot || !watched.must_be_open_since || !world_.box.disk_is_well()) return;
  if (world_.now() < world_.box.disk_well_since() + slow_commits_over) return;
  if (world_.now() < *watched.must_be_open_since + journal_tolerance) return;  // chosen before it opened
  // The breaker may have opened before the world could be sure of it: the first probe is free.
  const WorldTime since = watched.last_probe.value_or(world_.now() - probe_interval);
  if (world_.now() - since < probe_interval - journal_tolerance) {
    world_.violate("I7", concat(provider, " has failed ", watched.failures_in_a_row,
                                " times in a row, so its breaker is open, and it was tried again after ",
                                (world_.now() - since).count(), " ms"));
  }
  world_.hit("breaker.probe");
  watched.last_probe = world_.now();
}

void Clouds::check_breaker_opened(std::string_view provider) {
  world_.hit(concat("breaker.opened.", provider));
  const auto found = providers_.find(provider);
  if (found == providers_.end()) return;
  const Provider& opened = found->second;
  const auto faults = std::ranges::count(opened.faults, true);
  if (faults < (opened.was_open ? 1 : breaker_failures) && !opened.must_be_open_since) {
    world_.violate("I7", concat("the breaker of ", provider, " opened after ", faults,
                                " faults of the provider itself in the last ", opened.faults.size(), " attempts"));
  }
}

}  // namespace sim
