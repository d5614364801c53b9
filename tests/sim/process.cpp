#include "tests/sim/process.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <asio/co_spawn.hpp>

#include "relay/base/concat.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using relay::Task;

constexpr Millis longest_taking_apart{10 * 60'000};
/// Steady clocks do not begin at nought.
constexpr Millis steady_at_start{30'000};

}  // namespace

WorldTime ProcessClock::now() const { return private_.value_or(world_.now()); }
relay::SteadyTime ProcessClock::steady() const { return relay::SteadyTime{now() - machine_started_ + steady_at_start}; }
relay::WallTime ProcessClock::wall() const { return wall_() + (private_ ? *private_ - world_.now() : Millis{0}); }
WorldTime ProcessClock::to_world(relay::SteadyTime steady) const {
  return machine_started_ + (steady.time_since_epoch() - steady_at_start);
}

void WatchedLog::write(relay::LogLevel, std::string_view line) {
  if (!deaf_) return world_.judge.log_line(line);
  // Of a dead process only its last words count: why it aborts.
  if (line.starts_with("task_died")) std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

Process::Process(World& world, const char* name, ProcessClock clock, std::uint64_t random_seed)
    : world_(world), name_(name), clock_(std::move(clock)), random_(random_seed), log_(world) {}

relay::Runtime Process::runtime() { return {fakes::executor_of(queue), clock_, timers, random_, log_}; }

void Process::spawn(Task<> task, std::function<void()> done) {
  asio::co_spawn(runtime().executor, std::move(task), [done = std::move(done)](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
    done();
  });
}

void Process::launch(Task<relay::Result<bool>> start) {
  has_program_ = starting_ = true;
  spawn(run_start(std::move(start)), [this] { starting_ = false; });
}

Task<> Process::run_start(Task<relay::Result<bool>> start) {
  auto started = co_await std::move(start);
  started_ = started.has_value();
  failed_ = !started_;
  if (*alive_) launched(started_ ? "" : started.error().message);
}

void Process::stop(std::function<void()> done) {
  if (std::exchange(stopping_, true)) return;
  spawn(stop_program(), [this, done = std::move(done)] {
    stopped_ = true;
    done();
  });
}

std::shared_ptr<LanConnection> Process::connect(LanListener* listener, const std::string& peer,
                                                const std::string& peer_certificate) {
  if (dead() || !listening() || stopping() || listener == nullptr) return nullptr;
  auto connection = listener->connect(peer, peer_certificate);
  if (!connection) return nullptr;
  std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
  connections_.push_back(connection);
  return connection;
}

void Process::die() {
  if (!std::exchange(*alive_, false)) return;
  clock_.leave_world(world_.now());
  log_.deafen();
  for (const auto& weak : connections_) {
    if (const auto connection = weak.lock()) connection->sever();
  }
  died();
}

void Process::take_apart() {
  if (has_program_) run_to_the_end();
  destroy_program();
  drain();
}

void Process::run_to_the_end() {
  const WorldTime limit = clock_.to_world(clock_.steady()) + longest_taking_apart;
  while (!stopped_) {
    drain();
    if (stopped_) break;
    if (!starting_ && !stopping_) {
      stop([] {});
      continue;
    }
    if (timers.empty() || clock_.to_world(timers.earliest()) > limit) {
      world_.violate("stop", concat(name_, " does not end within 10 min when it is told to stop over a dead disk"));
      std::abort();  // what still runs cannot be destroyed
    }
    const WorldTime next = clock_.to_world(timers.earliest());
    clock_.advance_private(std::max(next, clock_.to_world(clock_.steady())));
    timers.fire_earliest();
  }
}

void Process::drain() {
  while (queue.run_one()) {
  }
}

std::optional<WorldTime> Process::earliest() const {
  if (timers.empty()) return std::nullopt;
  return clock_.to_world(timers.earliest());
}

}  // namespace sim
