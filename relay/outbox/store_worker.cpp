#include "relay/outbox/store_worker.hpp"

#include <utility>

#include <asio/post.hpp>

namespace relay::outbox {

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

void InlineWorker::execute(Work work, Work done) {
  asio::post(loop_, [alive = alive_, w = std::move(work), d = std::move(done)]() mutable {
    if (!*alive) return;
    w();
    w = nullptr;
    d();
  });
}

}  // namespace relay::outbox
