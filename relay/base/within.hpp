#pragma once

#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include <asio/experimental/awaitable_operators.hpp>
#include <asio/multiple_exceptions.hpp>

#include "relay/base/task.hpp"

namespace relay {

/// Runs `task` until `deadline`; past it the task is cancelled and the result is empty. `task` must not end by an
/// exception of its own (errors are values here), or the wait lasts until the deadline.
template <class T>
[[nodiscard]] Task<std::optional<T>> within(Runtime runtime, SteadyTime deadline, Task<T> task) {
  using asio::experimental::awaitable_operators::operator||;
  std::optional<std::variant<T, bool>> first;
  try {
    first.emplace(co_await (std::move(task) || sleep_until(runtime, deadline)));
  } catch (const asio::multiple_exceptions& both) {
    // Cancelled from outside, both end by operation_aborted; Asio then throws this, which nobody above knows.
    std::rethrow_exception(both.first_exception());
  }
  if (first->index() == 0) co_return std::optional<T>(std::get<0>(std::move(*first)));
  co_return std::nullopt;
}

}  // namespace relay
