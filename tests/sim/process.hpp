#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "relay/base/log.hpp"
#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "tests/fakes/virtual_runtime.hpp"
#include "tests/sim/ledger.hpp"

namespace sim {

class World;

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
  /// `random_seed` decides every random number of the program.
  Process(World& world, ProcessClock clock, std::uint64_t random_seed);
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

  fakes::ReadyQueue queue;
  fakes::VirtualTimers timers;

 protected:
  [[nodiscard]] virtual relay::Log& log() = 0;
  [[nodiscard]] virtual relay::Task<> stop_program() = 0;
  /// Runs `start` on the loop and remembers what became of it; an error is a sentence.
  void launch(relay::Task<relay::Result<bool>> start);
  /// Called once with the world's word on it: "" when the program is ready, else why it is not.
  virtual void launched(const std::string& error) = 0;
  /// From here on nothing of it reaches the world. False: it was dead.
  bool leave_world();
  /// A process that dies runs no destructor; this one has to, as it shares its memory with the world. So it is stopped
  /// as it would be in order, over a dead disk and a silent world, and what it does in the meantime has not happened.
  /// Returns when the program can be destroyed.
  void run_to_the_end(const char* name);
  void drain();

  World& world_;

 private:
  relay::Task<> run_start(relay::Task<relay::Result<bool>> start);

  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  ProcessClock clock_;
  fakes::SeededRandom random_;
  bool starting_ = false;
  bool started_ = false;
  bool failed_ = false;
  bool stopping_ = false;
  bool stopped_ = false;
};

}  // namespace sim
