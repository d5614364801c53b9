#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"
#include "relay/commit/commit_queue.hpp"

namespace relay::commit {

/// Pushes the job and waits until it has completed: with the error when the commit failed. Not cancellable: whether the
/// job takes effect is out of the waiter's hands.
[[nodiscard]] Task<std::optional<Error>> completed(CommitQueue& queue, Job job);

/// How a store's operation gets to the store thread and its result back to the waiting coroutine. The store and the
/// queue outlive the wait.
template <class T, class Store, class Effects>
Task<Result<T>> perform(CommitQueue& queue, Job::Kind kind, Urgency urgency, Store& store,
                        std::move_only_function<Result<T>(Store&, Effects&)> operation) {
  // The store thread writes the result, the loop reads it after the worker's hand-over.
  auto result = std::make_shared<std::optional<Result<T>>>();
  auto effects = std::make_unique<Effects>();
  Job job;
  job.kind = kind;
  job.urgency = urgency;
  job.run = [result, &store, effects = effects.get(), op = std::move(operation)]() mutable {
    result->emplace(op(store, *effects));
    return (*result)->has_value();
  };
  job.effects = std::move(effects);
  auto error = co_await completed(queue, std::move(job));
  if (result->has_value() && !(*result)->has_value()) {
    queue.note_failure((*result)->error());
  } else if (error) {
    queue.note_failure(*error);
  }
  // An operation that failed by itself tells its own error: it says more.
  if (error && (!result->has_value() || (*result)->has_value())) co_return std::unexpected(std::move(*error));
  co_return std::move(**result);
}

}  // namespace relay::commit
