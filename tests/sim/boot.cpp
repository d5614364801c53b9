#include "tests/sim/boot.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <asio/co_spawn.hpp>

#include "relay/base/concat.hpp"
#include "tests/sim/clouds.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using relay::Result;
using relay::Task;

constexpr Millis longest_taking_apart{10 * 60'000};
/// Steady clocks do not begin at nought.
constexpr Millis steady_at_start{30'000};

/// The box's view of the internet.
class SimNetwork final : public hal::Network {
 public:
  SimNetwork(World& world, relay::Runtime runtime, std::shared_ptr<bool> alive)
      : world_(world), runtime_(runtime), alive_(std::move(alive)) {}

  Task<bool> reachable(std::string, std::uint16_t, relay::SteadyTime deadline) override {
    if (!*alive_) co_return false;
    if (world_.clouds.uplink_up()) {
      co_await sleep_for(runtime_, Millis{20});
      co_return *alive_;
    }
    co_await sleep_until(runtime_, deadline);
    co_return false;
  }
  void on_change(std::function<void()> listener) override { listener_ = std::move(listener); }
  void close() override { listener_ = nullptr; }

 private:
  World& world_;
  relay::Runtime runtime_;
  std::shared_ptr<bool> alive_;
  std::function<void()> listener_;
};

}  // namespace

WorldTime BootClock::now() const { return private_.value_or(world_.now()); }
relay::SteadyTime BootClock::steady() const { return relay::SteadyTime{now() - machine_started_ + steady_at_start}; }
relay::WallTime BootClock::wall() const {
  return world_.box.wall_of_box() + (private_ ? *private_ - world_.now() : Millis{0});
}
WorldTime BootClock::to_world(relay::SteadyTime steady) const {
  return machine_started_ + (steady.time_since_epoch() - steady_at_start);
}

void WatchedLog::write(relay::LogLevel, std::string_view line) {
  if (!deaf_) return world_.judge.log_line(line);
  // Of a dead process only its last words count: why it aborts.
  if (line.starts_with("task_died")) std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
}

Boot::Boot(World& world, int number, WorldTime machine_started, std::string boot_id,
           const relay::config::Document& document)
    : world_(world),
      number_(number),
      clock_(world, machine_started, std::move(boot_id)),
      random_(seed_of(world.options.seed, "product", static_cast<std::uint64_t>(number))),
      log_(world),
      document_(document),
      serial_ports_(runtime()),
      network_(std::make_unique<SimNetwork>(world, runtime(), alive_)) {}

Boot::~Boot() = default;

relay::Runtime Boot::runtime() { return {fakes::executor_of(queue), clock_, timers, random_, log_}; }

bool Boot::start() {
  auto made = firmware::Appliance::make(runtime(), *this, document_);
  if (!made) {
    world_.note("start_failed", made.error().message);
    return false;
  }
  appliance_ = std::move(*made);
  starting_ = true;
  spawn(run_start(), [this] { starting_ = false; });
  return true;
}

Task<> Boot::run_start() {
  auto started = co_await appliance_->start();
  started_ = started.has_value();
  failed_ = !started_;
  if (*alive_)
    world_.note(started_ ? "ready" : "start_failed", started ? concat("boot ", number_) : started.error().message);
}

void Boot::spawn(Task<> task, std::function<void()> done) {
  asio::co_spawn(runtime().executor, std::move(task), [done = std::move(done)](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
    done();
  });
}

void Boot::stop(std::function<void()> done) {
  if (std::exchange(stopping_, true)) return;
  spawn(appliance_->stop(), [this, done = std::move(done)] {
    stopped_ = true;
    done();
  });
}

void Boot::die() {
  if (!std::exchange(*alive_, false)) return;
  log_.deafen();
  clock_.leave_world(world_.now());
  for (const auto& weak : connections_) {
    if (const auto connection = weak.lock()) connection->sever();
  }
  for (std::size_t i = 0; i < world_.options.modems; ++i) modem_line(i).unplug();
}

/// A process that dies runs no destructor; this one has to, as it shares its memory with the world. So it is stopped as
/// it would be in order, over a dead disk and a silent world, and what it does in the meantime has not happened.
void Boot::take_apart() {
  if (!appliance_) return;
  const WorldTime limit = clock_.to_world(clock_.steady()) + longest_taking_apart;
  while (!stopped_) {
    while (queue.run_one()) {
    }
    if (stopped_) break;
    if (!starting_ && !stopping_) {
      stop([] {});
      continue;
    }
    if (timers.empty() || clock_.to_world(timers.earliest()) > limit) {
      world_.violate("stop", "the daemon does not end within 10 min when it is told to stop over a dead disk");
      std::abort();  // what still runs cannot be destroyed
    }
    const WorldTime next = clock_.to_world(timers.earliest());
    clock_.advance_private(std::max(next, clock_.to_world(clock_.steady())));
    timers.fire_earliest();
  }
  appliance_.reset();
  while (queue.run_one()) {
  }
}

std::shared_ptr<LanConnection> Boot::connect(const std::string& peer, bool admin) {
  LanListener* listener = admin ? admin_ : api_;
  if (dead() || !started_ || stopping_ || listener == nullptr) return nullptr;
  auto connection = listener->connect(peer);
  if (!connection) return nullptr;
  std::erase_if(connections_, [](const auto& weak) { return weak.expired(); });
  connections_.push_back(connection);
  return connection;
}

std::optional<WorldTime> Boot::earliest() const {
  if (timers.empty()) return std::nullopt;
  return clock_.to_world(timers.earliest());
}

std::unique_ptr<relay::http::Client> Boot::make_client(relay::http::ClientOptions) {
  return world_.clouds.make_client(*this);
}

Result<std::unique_ptr<relay::http::Listener>> Boot::listen_tcp(const std::string& host, std::uint16_t port) {
  auto listener = std::make_unique<LanListener>(runtime(), concat(host, ":", port));
  api_ = listener.get();
  return listener;
}

Result<std::unique_ptr<relay::http::Listener>> Boot::listen_unix(const std::string& path, unsigned) {
  auto listener = std::make_unique<LanListener>(runtime(), path);
  admin_ = listener.get();
  return listener;
}

relay::outbox::SqliteOutboxSettings Boot::place(relay::outbox::SqliteOutboxSettings storage) {
  storage.vfs = world_.box.disk().vfs_name();
  storage.thread = relay::outbox::StoreThread::loop;
  storage.free_disk_bytes = [this]() -> Result<std::int64_t> { return world_.box.free_disk_bytes(); };
  storage.loop_work_time = [this] { return world_.box.disk().take_delay(); };
  return storage;
}

}  // namespace sim
