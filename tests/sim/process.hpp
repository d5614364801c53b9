#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/log.hpp"
#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/sim/lan.hpp"
#include "tests/sim/ledger.hpp"

namespace sim {

class World;

/// Reads every line that a program writes: no text, number or secret may be in it (I19).
class WatchedLog final : public relay::Log {
 public:
  explicit WatchedLog(World& world) : world_(world) {}
  void deafen() { deaf_ = true; }

 protected:
  [[nodiscard]] bool enabled(relay::LogLevel level) const override { return !deaf_ || level == relay::LogLevel::error; }
  void write(relay::LogLevel level, std::string_view line) override;

 private:
  World& world_;
  bool deaf_ = false;
};

/// The clocks of one life of a program, over the world's time. A dead process gets a private time that runs on for its
/// taking apart.
class ProcessClock final : public relay::Clock {
 public:
  /// `wall` tells what the machine's clock shows at the world's present time.
  using Wall = std::function<relay::WallTime()>;
  ProcessClock(const World& world, WorldTime machine_started, std::string boot_id, Wall wall)
      : world_(world), machine_started_(machine_started), boot_id_(std::move(boot_id)), wall_(std::move(wall)) {}
  [[nodiscard]] relay::SteadyTime steady() const override;
  [[nodiscard]] relay::WallTime wall() const override;
  [[nodiscard]] std::string boot_id() const override { return boot_id_; }

  /// World time of a steady time of this boot.
  [[nodiscard]] WorldTime to_world(relay::SteadyTime steady) const;
  void leave_world(WorldTime at) { private_ = at; }
  void advance_private(WorldTime to) { private_ = to; }

 private:
  [[nodiscard]] WorldTime now() const;
  const World& world_;
  WorldTime machine_started_;
  std::string boot_id_;
  Wall wall_;
  std::optional<WorldTime> private_;
};

/// One life of a program on a simulated machine, from its start to its death or orderly end: its loop, timers, clocks
/// and random numbers. Who derives from it owns everything that the process would own, and takes it apart in the end.
class Process {
 public:
  /// `name` is for sentences. `random_seed` decides every random number of the program.
  Process(World& world, const char* name, ProcessClock clock, std::uint64_t random_seed);
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] bool dead() const { return !*alive_; }
  [[nodiscard]] const std::shared_ptr<bool>& alive() const { return alive_; }
  /// It takes work.
  [[nodiscard]] bool listening() const { return started_; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool stopping() const { return stopping_; }
  void stop(std::function<void()> done);
  [[nodiscard]] relay::Runtime runtime();
  [[nodiscard]] std::optional<WorldTime> earliest() const;
  void spawn(relay::Task<> task, std::function<void()> done);
  /// The process is dead from here on: nothing of it reaches the world.
  void die();
  /// Takes a dead process apart, in a private time: it runs no destructor, and this one has to, as it shares its memory
  /// with the world. So it is stopped as it would be in order, over a dead disk and a silent world, and what it does in
  /// the meantime has not happened.
  void take_apart();

  fakes::ReadyQueue queue;
  fakes::VirtualTimers timers;

 protected:
  [[nodiscard]] virtual relay::Task<> stop_program() = 0;
  /// Runs `start` on the loop and remembers what became of it; an error is a sentence.
  void launch(relay::Task<relay::Result<bool>> start);
  /// Called once with the world's word on it: "" when the program is ready, else why it is not.
  virtual void launched(const std::string& error) = 0;
  /// The program is to be destroyed; its start may have failed before there was one.
  virtual void destroy_program() = 0;
  /// It has just died: what else does the world see of that?
  virtual void died() {}
  /// A connection that ends with the process; null when nobody listens there. `peer` and `peer_certificate` as in
  /// LanListener::connect().
  [[nodiscard]] std::shared_ptr<LanConnection> connect(LanListener* listener, const std::string& peer,
                                                       const std::string& peer_certificate = {});

  World& world_;

 private:
  relay::Task<> run_start(relay::Task<relay::Result<bool>> start);
  void run_to_the_end();
  void drain();

  const char* name_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  ProcessClock clock_;
  fakes::SeededRandom random_;
  WatchedLog log_;
  std::vector<std::weak_ptr<LanConnection>> connections_;
  bool has_program_ = false;
  bool starting_ = false;
  bool started_ = false;
  bool failed_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace sim
