#include "relay/commit/store_worker.hpp"

#include <utility>

#include <asio/post.hpp>

namespace relay::commit {

ThreadWorker::ThreadWorker(Runtime runtime) : loop_(std::move(runtime.executor)), thread_([this] { run(); }) {}

ThreadWorker::~ThreadWorker() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void ThreadWorker::execute(Work work, Work done) {
  {
    const std::lock_guard lock(mutex_);
    work_ = std::move(work);
    done_ = std::move(done);
  }
  wake_.notify_one();
}

void ThreadWorker::run() {
  while (true) {
    Work work;
    Work done;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stop_ || work_; });
      if (!work_) return;
      work = std::exchange(work_, nullptr);
      done = std::exchange(done_, nullptr);
    }
    work();
    work = nullptr;  // what it owns must not outlive `done`
    asio::post(loop_, std::move(done));
  }
}

InlineWorker::~InlineWorker() {
  *self_ = nullptr;
  if (timer_ != 0) runtime_.timers.disarm(timer_);
}

void InlineWorker::execute(Work work, Work done) {
  asio::post(runtime_.executor, [weak = std::weak_ptr(self_), w = std::move(work), d = std::move(done)]() mutable {
    const auto self = weak.lock();
    if (self) (*self)->run(std::move(w), std::move(d));
  });
}

void InlineWorker::run(Work work, Work done) {
  work();
  work = nullptr;  // what it owns must not outlive `done`
  const Millis late = work_time_ ? work_time_() : Millis{};
  if (late <= Millis{}) return done();
  timer_ = runtime_.timers.arm(runtime_.clock.steady() + late, [this, d = std::move(done)]() mutable {
    timer_ = 0;
    d();  // may destroy this worker
  });
}

}  // namespace relay::commit
