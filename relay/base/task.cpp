#include "relay/base/task.hpp"

#include <cstdlib>
#include <exception>
#include <functional>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

namespace relay {
namespace {

/// One suspended coroutine that waits for a flag, a deadline or a cancellation, whichever comes first. Completes
/// exactly once.
struct Waiter : std::enable_shared_from_this<Waiter> {
  explicit Waiter(Runtime r) : runtime(std::move(r)) {}

  Runtime runtime;
  TimerQueue::Handle timer = 0;
  std::move_only_function<void(bool)> resume;

  [[nodiscard]] bool done() const { return !resume; }

  /// The coroutine goes on at the next turn of the loop, never inside the caller.
  void complete(bool value) {
    if (done()) return;
    if (timer != 0) runtime.timers.disarm(std::exchange(timer, 0));
    asio::post(runtime.executor, [handler = std::exchange(resume, nullptr), value]() mutable { handler(value); });
  }
};

/// `on_start` sees the waiter once it can be completed. `deadline_value` is what a passed deadline returns.
Task<bool> suspend(Runtime runtime, std::optional<SteadyTime> deadline, bool deadline_value,
                   std::function<void(std::shared_ptr<Waiter>)> on_start) {
  auto initiate = [&runtime, deadline, deadline_value, &on_start](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto waiter = std::make_shared<Waiter>(runtime);
    waiter->resume = [h = std::move(handler)](bool value) mutable { std::move(h)(value); };
    if (deadline) {  // also a far one ("never"): the timer is what keeps the waiter alive
      waiter->timer = runtime.timers.arm(*deadline, [waiter, deadline_value] {
        waiter->timer = 0;
        waiter->complete(deadline_value);
      });
    }
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr<Waiter>(waiter)](asio::cancellation_type) {
        if (auto w = weak.lock()) w->complete(false);
      });
    }
    if (on_start) on_start(waiter);
  };
  const bool value = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(bool)>(std::move(initiate),
                                                                                               asio::use_awaitable);
  co_return value;
}

bool is_cancellation(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::system_error& e) {
    return e.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

std::string describe(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace

Task<bool> sleep_until(Runtime runtime, SteadyTime when) {
  const bool slept = co_await suspend(runtime, when, true, nullptr);
  co_return slept;
}

Task<bool> sleep_for(Runtime runtime, Millis duration) {
  const SteadyTime when = runtime.clock.steady() + duration;
  const bool slept = co_await suspend(runtime, when, true, nullptr);
  co_return slept;
}

Task<> yield_now(Runtime runtime) { co_await asio::post(runtime.executor, asio::use_awaitable); }

struct Notification::State {
  bool pending = false;
  std::vector<std::shared_ptr<Waiter>> waiters;
};

Notification::Notification(Runtime runtime) : runtime_(std::move(runtime)), state_(std::make_shared<State>()) {}

Notification::~Notification() = default;

void Notification::notify() {
  auto waiters = std::exchange(state_->waiters, {});
  bool woke = false;
  for (const auto& waiter : waiters) {
    woke = woke || !waiter->done();
    waiter->complete(true);
  }
  if (!woke) state_->pending = true;
}

Task<bool> Notification::wait_until(SteadyTime deadline) {
  if (std::exchange(state_->pending, false)) co_return true;
  auto state = state_;
  const bool notified = co_await suspend(runtime_, deadline, false, [state](std::shared_ptr<Waiter> waiter) {
    std::erase_if(state->waiters, [](const auto& w) { return w->done(); });
    state->waiters.push_back(std::move(waiter));
  });
  co_return notified;
}

Task<bool> Notification::wait() {
  if (std::exchange(state_->pending, false)) co_return true;
  auto state = state_;
  const bool notified = co_await suspend(runtime_, std::nullopt, false, [state](std::shared_ptr<Waiter> waiter) {
    std::erase_if(state->waiters, [](const auto& w) { return w->done(); });
    state->waiters.push_back(std::move(waiter));
  });
  co_return notified;
}

struct TaskGroup::State {
  explicit State(Runtime r) : empty(std::move(r)) {}
  bool cancelled = false;
  std::list<asio::cancellation_signal> signals;
  Notification empty;
};

TaskGroup::TaskGroup(Runtime runtime) : runtime_(std::move(runtime)), state_(std::make_shared<State>(runtime_)) {}

TaskGroup::~TaskGroup() {
  if (!state_->signals.empty()) {
    runtime_.log.error("task_group_destroyed_with_live_tasks", {{"tasks", state_->signals.size()}});
    std::abort();
  }
}

void TaskGroup::spawn(const char* name, Task<> task) {
  auto state = state_;
  auto signal = state->signals.emplace(state->signals.end());
  auto finished = [state, signal, name, &log = runtime_.log](std::exception_ptr error) {
    if (error && !is_cancellation(error)) {
      const std::string what = describe(error);
      log.error("task_died", {{"task", name}, {"reason", what}});
      std::abort();
    }
    state->signals.erase(signal);
    if (state->signals.empty()) state->empty.notify();
  };
  asio::co_spawn(runtime_.executor, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(finished)));
  if (state->cancelled) signal->emit(asio::cancellation_type::all);
}

void TaskGroup::cancel() {
  state_->cancelled = true;
  // Emitting may end a task only at a later turn of the loop (waits complete by post), so the list is stable here.
  for (auto& signal : state_->signals) signal.emit(asio::cancellation_type::all);
}

Task<> TaskGroup::stop() {
  cancel();
  while (!state_->signals.empty()) co_await state_->empty.wait();
}

std::size_t TaskGroup::size() const { return state_->signals.size(); }

}  // namespace relay
