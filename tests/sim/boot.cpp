#include "tests/sim/boot.hpp"

#include <utility>

#include "relay/base/concat.hpp"
#include "tests/sim/box_client.hpp"
#include "tests/sim/world.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::Millis;
using relay::Result;
using relay::Task;

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

Boot::Boot(World& world, int number, WorldTime machine_started, std::string boot_id,
           const relay::config::Document& document)
    : Process(world, "the daemon",
              ProcessClock(world, machine_started, std::move(boot_id), [&world] { return world.box.wall_of_box(); }),
              seed_of(world.options.seed, "product", static_cast<std::uint64_t>(number))),
      number_(number),
      document_(document),
      serial_ports_(runtime()),
      network_(std::make_unique<SimNetwork>(world, runtime(), alive())) {}

Boot::~Boot() = default;

bool Boot::start() {
  auto made = firmware::Appliance::make(runtime(), *this, document_);
  if (!made) {
    world_.note("start_failed", made.error().message);
    return false;
  }
  appliance_ = std::move(*made);
  launch(appliance_->start());
  return true;
}

void Boot::launched(const std::string& error) {
  world_.note(error.empty() ? "ready" : "start_failed", error.empty() ? concat("boot ", number_) : error);
}

void Boot::died() {
  for (std::size_t i = 0; i < world_.options.modems; ++i) modem_line(i).unplug();
}

std::unique_ptr<relay::http::Client> Boot::make_client(relay::http::ClientOptions options) {
  return make_box_client(world_, *this, std::move(options));
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
