#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/sim/applications.hpp"
#include "tests/sim/box.hpp"
#include "tests/sim/bridge_site.hpp"
#include "tests/sim/clouds.hpp"
#include "tests/sim/correspondents.hpp"
#include "tests/sim/faults.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/ledger.hpp"
#include "tests/sim/modem_site.hpp"
#include "tests/sim/options.hpp"
#include "tests/sim/receivers.hpp"
#include "tests/sim/stream.hpp"
#include "tests/sim/webhook_calls.hpp"

namespace sim {

/// How often each thing happened.
using Tally = std::map<std::string, std::uint64_t, std::less<>>;

struct Violation {
  std::string invariant;
  std::string sentence;
  WorldTime at{};
};

struct Report {
  std::optional<Violation> violation;
  std::uint64_t hash = 0;
  std::uint64_t handlers = 0;
  Tally tally;
};

/// Everything outside the box, and the one clock of a run. Single-threaded: the next thing that happens is the earliest
/// of the world's own events and the box's timers; the same options give the same run.
class World {
 public:
  World(Options options, bool trace);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  /// One scenario from the first power-up to the last judgement.
  [[nodiscard]] Report run();

  [[nodiscard]] WorldTime now() const { return now_; }
  [[nodiscard]] relay::WallTime true_wall() const { return options.wall_at_start + now_.time_since_epoch(); }
  void after(relay::Millis delay, std::function<void()> event);
  /// Goes into the trace and into the hash.
  void note(std::string_view what, std::string_view detail);
  void hit(std::string_view what, std::uint64_t times = 1);
  /// The first one ends the run.
  void violate(std::string_view invariant, std::string sentence);
  [[nodiscard]] bool violated() const { return violation_.has_value(); }
  /// One of the modems that play.
  [[nodiscard]] ModemSite& some_modem(Stream& stream);
  void count_handler();
  void tell_trace(std::string_view line) const;

  const Options options;
  /// What the box is started with, each time.
  relay::Result<relay::config::Document> settings;
  Ledger ledger;
  Judge judge;
  Clouds clouds;
  WebhookCalls webhook_calls;
  BridgeSite bridge;
  Receivers receivers;
  std::array<ModemSite, 2> modems;
  Box box;
  Applications applications;
  Correspondents correspondents;
  Faults faults;

 private:
  void run_until(WorldTime end);
  [[nodiscard]] bool step(WorldTime end);

  bool trace_;
  WorldTime now_{};
  std::map<std::pair<WorldTime, std::uint64_t>, std::function<void()>> events_;
  std::uint64_t next_event_ = 0;
  std::uint64_t handlers_ = 0;
  std::uint64_t handlers_at_this_time_ = 0;
  Hash hash_;
  Tally tally_;
  std::optional<Violation> violation_;
};

}  // namespace sim
