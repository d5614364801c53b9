#include "relay/outbox/apply_effects.hpp"

namespace relay::outbox {
namespace {

void add(const Counters& delta, Counters& to) {
  for (std::size_t state = 0; state < to.live.size(); ++state) {
    for (std::size_t c = 0; c < to.live[state].size(); ++c) to.live[state][c] += delta.live[state][c];
  }
  for (const auto& [app, count] : delta.queued_by_app) to.queued_by_app[app] += count;
  to.stored_rows += delta.stored_rows;
}

}  // namespace

void apply_effects(const Effects& effects, Counters& counters) {
  add(effects.delta, counters);
  for (const auto& [app, daily_limit] : effects.daily_limits) counters.usage[app].daily_limit = daily_limit;
  for (const auto& charge : effects.charges) {
    Usage& usage = counters.usage[charge.app];
    if (charge.day > usage.day) usage.day = charge.day, usage.parts = 0;
    if (charge.day == usage.day) usage.parts += charge.parts;
  }
}

}  // namespace relay::outbox
