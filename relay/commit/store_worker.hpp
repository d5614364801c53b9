#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "relay/base/runtime.hpp"

namespace relay::commit {

/// Where the store's blocking work runs. One piece at a time: the next is given only after `done` of the last.
class StoreWorker {
 public:
  using Work = std::move_only_function<void()>;
  virtual ~StoreWorker() = default;
  /// Runs `work`, then `done` on the loop.
  virtual void execute(Work work, Work done) = 0;
};

/// The product's: the store thread. Destroying it waits for the work in hand; the `done` of that is still posted.
class ThreadWorker final : public StoreWorker {
 public:
  explicit ThreadWorker(Runtime runtime);
  ~ThreadWorker() override;
  void execute(Work work, Work done) override;

 private:
  void run();

  asio::any_io_executor loop_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Work work_;  ///< Guarded by mutex_.
  Work done_;  ///< Guarded by mutex_.
  bool stop_ = false;
  std::thread thread_;  ///< Last: starts when all else stands.
};

/// For tests and the simulator: runs the work as a handler of the loop, so that everything stays on one thread and in
/// virtual time. Work that has not begun when the worker goes is dropped, and so is a `done` that has not run: as a
/// killed process would.
class InlineWorker final : public StoreWorker {
 public:
  /// `work_time` is asked after each piece of work: `done` runs so much later, as after a slow disk. Empty: at once.
  explicit InlineWorker(Runtime runtime, std::function<Millis()> work_time = {})
      : runtime_(runtime), work_time_(std::move(work_time)), self_(std::make_shared<InlineWorker*>(this)) {}
  ~InlineWorker() override;
  void execute(Work work, Work done) override;

 private:
  void run(Work work, Work done);

  Runtime runtime_;
  std::function<Millis()> work_time_;
  TimerQueue::Handle timer_ = 0;         ///< Of a `done` that waits.
  std::shared_ptr<InlineWorker*> self_;  ///< Posted handlers hold it weakly: a worker that is gone does nothing.
};

}  // namespace relay::commit
