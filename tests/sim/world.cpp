#include "tests/sim/world.hpp"

#include <algorithm>
#include <cstdio>

#include "relay/base/concat.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using std::chrono::minutes;
using std::chrono::seconds;

/// More handlers than this without time going on: the daemon spins.
constexpr std::uint64_t spinning = 200'000;
/// Once nothing fails any more: the longest default expiry (24 h), the longest receipt window (2 h), and a minute each.
constexpr Millis longest_end = std::chrono::hours{26} + minutes{10};

}  // namespace

World::World(Options with, bool trace)
    : options(std::move(with)),
      settings(settings_of(options)),
      judge(*this),
      clouds(*this),
      webhook_calls(*this),
      bridge(*this),
      receivers(*this),
      modems{{{*this, 0}, {*this, 1}}},
      box(*this),
      applications(*this),
      correspondents(*this),
      faults(*this),
      trace_(trace) {}

/// The daemon's last moments are told to all the others: it goes while they stand.
World::~World() {
  box.end();
  bridge.end();
}

ModemSite& World::some_modem(Stream& stream) {
  const bool second = options.modems > 1 && stream.chance(0.5);
  return modems.at(second ? 1 : 0);
}

Report World::run() {
  tell_trace(describe(options));
  if (options.bridge) bridge.switch_on();
  box.switch_on();
  after(seconds{30}, [this] { applications.register_all(); });
  after(seconds{40}, [this] {
    applications.start();
    correspondents.start();
    webhook_calls.start();
    faults.start();
    judge.watch_bounds();
  });
  run_until(WorldTime{options.duration});

  // Nothing fails any more: now everything must come to its end.
  faults.end();
  applications.finish();
  correspondents.finish();
  webhook_calls.finish();
  const WorldTime latest = now_ + longest_end;
  run_until(now_ + minutes{30});
  applications.check_recovery();
  run_until(now_ + minutes{45});
  while (!violated() && now_ < latest && !judge.everything_over()) run_until(now_ + minutes{10});
  run_until(now_ + minutes{5});
  if (!violated()) box.restart(seconds{1});
  run_until(now_ + minutes{2});
  if (!violated()) judge.at_end();
  if (options.bridge && !violated()) {
    bridge.check_nothing_waits();
    run_until(now_ + seconds{5});
  }
  Report report{.violation = violation_, .hash = hash_.value(), .handlers = handlers_, .tally = tally_};
  return report;
}

void World::run_until(WorldTime end) {
  while (!violated() && step(end)) {
  }
  if (!violated()) now_ = std::max(now_, end);
}

bool World::step(WorldTime end) {
  box.run_ready();
  bridge.run_ready();
  const auto of_box = box.earliest();
  const auto of_bridge = bridge.earliest();
  const bool box_first = of_box && (!of_bridge || *of_box <= *of_bridge);
  const auto timer = box_first ? of_box : of_bridge;
  const bool event_first = !events_.empty() && (!timer || events_.begin()->first.first <= *timer);
  if (!event_first && !timer) return false;
  const WorldTime next = std::max(now_, event_first ? events_.begin()->first.first : *timer);
  if (next > end) return false;
  if (next > now_) handlers_at_this_time_ = 0;
  now_ = next;
  if (event_first) {
    const auto node = events_.extract(events_.begin());
    node.mapped()();
  } else if (box_first) {
    box.fire_earliest();
  } else {
    bridge.fire_earliest();
  }
  return true;
}

void World::after(Millis delay, std::function<void()> event) {
  events_.emplace(std::pair{now_ + std::max(delay, Millis{0}), next_event_++}, std::move(event));
}

void World::note(std::string_view what, std::string_view detail) {
  hash_.add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
  hash_.add(what);
  hash_.add(detail);
  if (trace_) tell_trace(concat(what, " ", detail));
}

void World::tell_trace(std::string_view line) const {
  if (!trace_) return;
  const auto ms = now_.time_since_epoch().count();
  std::printf("%02lld:%02lld:%02lld.%03lld %.*s\n", static_cast<long long>(ms / 3'600'000),
              static_cast<long long>(ms / 60'000 % 60), static_cast<long long>(ms / 1000 % 60),
              static_cast<long long>(ms % 1000), static_cast<int>(line.size()), line.data());
}

void World::hit(std::string_view what, std::uint64_t times) {
  const auto found = tally_.find(what);
  if (found != tally_.end()) {
    found->second += times;
  } else {
    tally_.emplace(std::string{what}, times);
  }
}

void World::violate(std::string_view invariant, std::string sentence) {
  if (violation_) return;
  violation_ = Violation{std::string{invariant}, std::move(sentence), now_};
  note("violation", violation_->sentence);
}

void World::count_handler() {
  ++handlers_;
  if (++handlers_at_this_time_ > spinning) violate("I18", "the daemon spins: its loop turns without time going on");
}

}  // namespace sim
