#include "tests/fakes/virtual_runtime.hpp"

#include <cstdio>
#include <cstdlib>

#include <asio/co_spawn.hpp>
#include <asio/execution/blocking.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution/outstanding_work.hpp>
#include <asio/execution/relationship.hpp>
#include <asio/execution_context.hpp>
#include <asio/system_context.hpp>

namespace fakes {
namespace {

/// The least that any_io_executor asks of an executor.
class VirtualExecutor {
 public:
  explicit VirtualExecutor(ReadyQueue& queue) : queue_(&queue) {}

  bool operator==(const VirtualExecutor&) const = default;

  template <class F>
  void execute(F&& f) const {
    queue_->push(
        [handler = std::make_shared<std::decay_t<F>>(std::forward<F>(f))]() mutable { std::move (*handler)(); });
  }

  [[nodiscard]] asio::execution_context& query(asio::execution::context_t) const { return context(); }
  static constexpr asio::execution::blocking_t query(asio::execution::blocking_t) {
    return asio::execution::blocking.never;
  }
  [[nodiscard]] VirtualExecutor require(asio::execution::blocking_t::never_t) const { return *this; }

 private:
  static asio::execution_context& context() {
    static asio::execution_context shared;
    return shared;
  }
  ReadyQueue* queue_;
};

}  // namespace

asio::any_io_executor executor_of(ReadyQueue& queue) { return VirtualExecutor(queue); }

bool ReadyQueue::run_one() {
  if (handlers_.empty()) return false;
  auto handler = std::move(handlers_.front());
  handlers_.pop_front();
  ++run_so_far_;
  handler();
  return true;
}

relay::TimerQueue::Handle VirtualTimers::arm(relay::SteadyTime when, std::move_only_function<void()> fire) {
  const Handle handle = next_++;
  timers_.emplace(std::pair{when, handle}, std::move(fire));
  when_of_.emplace(handle, when);
  return handle;
}

bool VirtualTimers::disarm(Handle handle) {
  const auto when = when_of_.find(handle);
  if (when == when_of_.end()) return false;
  const auto node = timers_.extract({when->second, handle});  // destroyed last: it may disarm others
  when_of_.erase(when);
  return true;
}

void VirtualTimers::fire_earliest() {
  auto node = timers_.extract(timers_.begin());
  when_of_.erase(node.key().second);
  node.mapped()();
}

void SeededRandom::fill(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    z ^= z >> 31U;
    for (std::size_t k = 0; k < 8 && i + k < bytes.size(); ++k) bytes[i + k] = static_cast<std::byte>(z >> (8 * k));
  }
}

bool RecordedLog::contains(std::string_view text) const {
  for (const auto& line : lines) {
    if (line.find(text) != std::string::npos) return true;
  }
  return false;
}

void RecordedLog::write(relay::LogLevel, std::string_view line) { lines.emplace_back(line); }

VirtualRuntime::VirtualRuntime(std::uint64_t seed) : random(seed) {}

relay::Runtime VirtualRuntime::runtime() { return {executor_of(queue_), clock, timers, random, log}; }

void VirtualRuntime::settle() {
  while (queue_.run_one()) {
  }
}

void VirtualRuntime::run_for(relay::Millis duration) {
  const relay::SteadyTime end = clock.steady() + duration;
  settle();
  while (!timers.empty() && timers.earliest() <= end) {
    if (timers.earliest() > clock.steady()) clock.advance(timers.earliest() - clock.steady());
    timers.fire_earliest();
    settle();
  }
  clock.advance(end - clock.steady());
}

void VirtualRuntime::run_until(const std::function<bool()>& done, relay::Millis limit) {
  const relay::SteadyTime end = clock.steady() + limit;
  settle();
  while (!done()) {
    if (timers.empty() || timers.earliest() > end) {
      std::fprintf(stderr, "the task under test did not end: %s\n",
                   timers.empty() ? "nothing left to wait for" : "time limit");
      std::abort();
    }
    if (timers.earliest() > clock.steady()) clock.advance(timers.earliest() - clock.steady());
    timers.fire_earliest();
    settle();
  }
}

void VirtualRuntime::start(relay::Task<> task) {
  asio::co_spawn(runtime().executor, std::move(task), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
}

void VirtualRuntime::run(relay::Task<> task, relay::Millis limit) {
  auto done = std::make_shared<bool>(false);
  start([](relay::Task<> t, std::shared_ptr<bool> d) -> relay::Task<> {
    co_await std::move(t);
    *d = true;
  }(std::move(task), done));
  run_until([done] { return *done; }, limit);
}

}  // namespace fakes
