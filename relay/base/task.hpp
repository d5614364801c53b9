#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include "relay/base/runtime.hpp"

namespace relay {

template <class T = void>
using Task = asio::awaitable<T>;

/// Waits until `when`. Returns true when the time came, false when the wait was cancelled (by a TaskGroup or by
/// `within`).
[[nodiscard]] Task<bool> sleep_until(Runtime runtime, SteadyTime when);
[[nodiscard]] Task<bool> sleep_for(Runtime runtime, Millis duration);

/// Lets every handler that is ready run before going on.
[[nodiscard]] Task<> yield_now(Runtime runtime);

/// A latch that wakes waiting coroutines: `notify` before `wait` is remembered once. One loop thread only. The object
/// must outlive its waiters.
class Notification {
 public:
  explicit Notification(Runtime runtime);
  ~Notification();
  Notification(const Notification&) = delete;
  Notification& operator=(const Notification&) = delete;

  /// Wakes all present waiters; with none, the next wait returns at once.
  void notify();
  /// True when notified, false when `deadline` passed first or the wait was cancelled.
  [[nodiscard]] Task<bool> wait_until(SteadyTime deadline);
  /// True when notified, false when cancelled.
  [[nodiscard]] Task<bool> wait();

 private:
  struct State;
  Runtime runtime_;
  std::shared_ptr<State> state_;
};

/// Owns detached coroutines: every coroutine of a component is spawned into its group, so that `stop` ends them in a
/// known order. An exception that leaves a coroutine is our own bug: it is logged with the coroutine's name and the
/// process aborts.
class TaskGroup {
 public:
  explicit TaskGroup(Runtime runtime);
  ~TaskGroup();  ///< All tasks must have ended: call stop() first (asserted).
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// `name` must be a literal. `task` starts at the next turn of the loop.
  void spawn(const char* name, Task<> task);
  /// Asks every task to end (asio cancellation: waits return false or operation_aborted).
  void cancel();
  /// Cancels and returns when the last task has ended.
  [[nodiscard]] Task<> stop();
  [[nodiscard]] std::size_t size() const;

 private:
  struct State;
  Runtime runtime_;
  std::shared_ptr<State> state_;
};

}  // namespace relay
