#include "relay/commit/perform.hpp"

#include <asio/async_result.hpp>
#include <asio/use_awaitable.hpp>

namespace relay::commit {

Task<std::optional<Error>> completed(CommitQueue& queue, Job job) {
  auto initiate = [&queue, &job](auto handler) {
    job.complete = [h = std::move(handler)](std::optional<Error> error) mutable { std::move(h)(std::move(error)); };
    queue.push(std::move(job));
  };
  auto error = co_await asio::async_initiate<const asio::use_awaitable_t<>&, void(std::optional<Error>)>(
      std::move(initiate), asio::use_awaitable);
  co_return error;
}

}  // namespace relay::commit
