#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"

namespace fakes {

/// A queue of handlers behind asio::any_io_executor: strictly first in, first out, on the calling thread.
class ReadyQueue {
 public:
  void push(std::move_only_function<void()> handler) { handlers_.push_back(std::move(handler)); }
  bool run_one();
  [[nodiscard]] bool empty() const { return handlers_.empty(); }
  void clear() { handlers_.clear(); }
  [[nodiscard]] std::uint64_t run_so_far() const { return run_so_far_; }

 private:
  std::deque<std::move_only_function<void()>> handlers_;
  std::uint64_t run_so_far_ = 0;
};

/// Time that moves only when the test says so.
class VirtualClock final : public relay::Clock {
 public:
  [[nodiscard]] relay::SteadyTime steady() const override { return steady_; }
  [[nodiscard]] relay::WallTime wall() const override { return wall_; }
  [[nodiscard]] std::string boot_id() const override { return boot_id_; }

  void advance(relay::Millis by) { steady_ += by, wall_ += by; }
  void jump_wall(relay::Millis by) { wall_ += by; }
  void set_wall(relay::WallTime wall) { wall_ = wall; }
  void reboot(std::string boot_id) { steady_ = relay::SteadyTime{}, boot_id_ = std::move(boot_id); }

 private:
  relay::SteadyTime steady_{relay::Millis{1'000'000}};
  relay::WallTime wall_{relay::Millis{1'790'000'000'000}};  // 2026-09-21
  std::string boot_id_ = "boot-1";
};

/// The executor whose handlers go into `queue`, which must outlive everything that holds a copy.
[[nodiscard]] asio::any_io_executor executor_of(ReadyQueue& queue);

class VirtualTimers final : public relay::TimerQueue {
 public:
  Handle arm(relay::SteadyTime when, std::move_only_function<void()> fire) override;
  bool disarm(Handle handle) override;
  [[nodiscard]] bool empty() const { return timers_.empty(); }
  [[nodiscard]] relay::SteadyTime earliest() const { return timers_.begin()->first.first; }
  [[nodiscard]] std::size_t size() const { return timers_.size(); }
  void fire_earliest();

 private:
  Handle next_ = 1;
  std::map<std::pair<relay::SteadyTime, Handle>, std::move_only_function<void()>> timers_;
  std::unordered_map<Handle, relay::SteadyTime> when_of_;
};

/// SplitMix64: the same numbers for the same seed, everywhere.
class SeededRandom final : public relay::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<std::byte> bytes) override;

 private:
  std::uint64_t state_;
};

/// Keeps the lines of the log, for tests that look at them.
class RecordedLog final : public relay::Log {
 public:
  [[nodiscard]] bool contains(std::string_view text) const;
  std::vector<std::string> lines;

 protected:
  [[nodiscard]] bool enabled(relay::LogLevel) const override { return true; }
  void write(relay::LogLevel level, std::string_view line) override;
};

/// A whole Runtime in virtual time. `run_for` moves the clock from timer to timer and runs every handler in between.
class VirtualRuntime {
 public:
  explicit VirtualRuntime(std::uint64_t seed = 1);

  [[nodiscard]] relay::Runtime runtime();
  /// Runs what is ready, without moving the clock.
  void settle();
  void run_for(relay::Millis duration);
  /// Runs `task` to its end, moving time as needed (at most `limit`), and returns what it returned. Aborts the test
  /// past the limit.
  template <class T>
  T run(relay::Task<T> task, relay::Millis limit = relay::Millis{24LL * 3600 * 1000}) {
    auto out = std::make_shared<std::optional<T>>();
    start([](relay::Task<T> t, std::shared_ptr<std::optional<T>> o) -> relay::Task<> {
      o->emplace(co_await std::move(t));
    }(std::move(task), out));
    run_until([out] { return out->has_value(); }, limit);
    return std::move(**out);
  }
  void run(relay::Task<> task, relay::Millis limit = relay::Millis{24LL * 3600 * 1000});
  void run_until(const std::function<bool()>& done, relay::Millis limit);
  /// Counts every turn of the loop: what a busy loop would show in.
  [[nodiscard]] std::uint64_t handlers_run() const { return queue_.run_so_far(); }

  VirtualClock clock;
  VirtualTimers timers;
  SeededRandom random;
  RecordedLog log;

 private:
  void start(relay::Task<> task);
  ReadyQueue queue_;
};

}  // namespace fakes
