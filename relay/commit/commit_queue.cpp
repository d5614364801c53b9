#include "relay/commit/commit_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <asio/post.hpp>

#include "relay/base/planted_fault.hpp"

namespace relay::commit {
namespace {

/// Jobs of one transaction at most: bounds what one failed commit takes with it, and how long a read waits.
constexpr std::size_t max_batch = 256;

std::vector<Job> take(std::deque<Job>& queue) {
  const auto end = queue.begin() + static_cast<std::ptrdiff_t>(std::min(queue.size(), max_batch));
  std::vector<Job> batch(std::make_move_iterator(queue.begin()), std::make_move_iterator(end));
  queue.erase(queue.begin(), end);
  return batch;
}

}  // namespace

CommitQueue::CommitQueue(Runtime runtime, Settings settings, CommitTarget& store, StoreWorker& worker)
    : runtime_(runtime),
      settings_(settings),
      store_(store),
      worker_(worker),
      pacer_(settings.pacer, runtime.clock.steady()),
      drained_(runtime),
      self_(std::make_shared<CommitQueue*>(this)) {}

CommitQueue::~CommitQueue() {
  *self_ = nullptr;
  if (timer_ != 0) runtime_.timers.disarm(timer_);
  if (idle_timer_ != 0) runtime_.timers.disarm(idle_timer_);
}

void CommitQueue::push(Job job) {
  std::optional<Error> refused;
  if (closing_) refused = Error{ErrorCode::unavailable, "the store is closed: the daemon is stopping"};
  if (reads_.size() + writes_.size() >= settings_.max_waiting) {
    refused = Error{ErrorCode::full, "too many operations wait for the store's disk; try again later"};
  }
  if (refused) {
    asio::post(runtime_.executor, [complete = std::move(job.complete), error = std::move(*refused)]() mutable {
      complete(std::move(error));
    });
    return;
  }
  job.since = runtime_.clock.steady();
  (job.kind == Job::Kind::read ? reads_ : writes_).push_back(std::move(job));
  schedule_pump();
}

/// Not at once: what else is ready in this turn of the loop joins the batch.
void CommitQueue::schedule_pump() {
  if (busy_ || std::exchange(pump_posted_, true)) return;
  asio::post(runtime_.executor, [weak = std::weak_ptr(self_)] {
    const auto self = weak.lock();
    if (!self || *self == nullptr) return;
    (*self)->pump_posted_ = false;
    (*self)->pump();
  });
}

void CommitQueue::pump() {
  if (busy_) return;
  const SteadyTime now = runtime_.clock.steady();
  const auto commit_at = closing_ && !writes_.empty() ? std::optional(now) : pacer_.commit_at(waiting(), now);
  const bool commit_due = commit_at && *commit_at <= now;
  // Reads first, but neither may starve the other.
  if (!reads_.empty() && !(commit_due && reads_ran_last_)) return start_reads();
  if (commit_due) return start_writes();
  if (wal_frames_ >= settings_.checkpoint_frames && !checkpoint_failed_) return start_checkpoint(false);
  if (idle_reached_) return start_checkpoint(true);
  if (commit_at) wake_at(*commit_at);
  if (closing_ && writes_.empty()) drained_.notify();
}

CommitPacer::Waiting CommitQueue::waiting() const {
  CommitPacer::Waiting out;
  out.all = static_cast<int>(writes_.size());
  for (const Job& job : writes_) {
    switch (job.urgency) {
      case Urgency::now:
        out.urgent = true;
        return out;
      case Urgency::paced:
        if (out.paced++ == 0) out.paced_since = job.since;
        break;
      case Urgency::relaxed:
        if (!out.relaxed_since) out.relaxed_since = job.since;
        break;
    }
  }
  return out;
}

void CommitQueue::start_reads() {
  reads_ran_last_ = true;
  auto batch = std::make_shared<std::vector<Job>>(take(reads_));
  execute(
      [batch] {
        for (Job& job : *batch) job.succeeded = job.run();
      },
      [batch] {
        for (Job& job : *batch) job.complete(std::nullopt);
      });
}

void CommitQueue::start_writes() {
  reads_ran_last_ = false;
  pacer_.committed(runtime_.clock.steady());
  if (timer_ != 0) runtime_.timers.disarm(std::exchange(timer_, 0));
  struct Batch {
    std::vector<Job> jobs;
    Result<void> committed;
    int wal_frames = 0;
  };
  auto batch = std::make_shared<Batch>(take(writes_), Result<void>{}, 0);
  execute(
      [batch, &store = store_] {
        batch->committed = store.commit(batch->jobs);
        batch->wal_frames = store.wal_frames();
      },
      [this, batch] {
        wal_frames_ = batch->wal_frames;
        checkpoint_failed_ = false;
        std::optional<Error> error;
        if (batch->committed) {
          if (committed_) committed_(batch->jobs);
        } else {
          error = batch->committed.error();
          runtime_.log.error("commit_failed", {{"operations", batch->jobs.size()}, {"reason", error->message}});
        }
        arm_idle_checkpoint();
        // A completed job may let others in: they wait until all of this batch have heard.
        for (Job& job : batch->jobs) job.complete(error);
      });
}

void CommitQueue::start_checkpoint(bool truncate) {
  idle_reached_ = false;
  auto result = std::make_shared<Result<void>>();
  execute([result, truncate, &store = store_] { *result = store.checkpoint(truncate); },
          [this, result] {
            checkpoint_failed_ = !*result;  // the next commit's end tries again
            if (*result) {
              wal_frames_ = 0;
            } else {
              runtime_.log.warning("checkpoint_failed", {{"reason", result->error().message}});
            }
          });
}

void CommitQueue::wake_at(SteadyTime when) {
  if (timer_ != 0) runtime_.timers.disarm(timer_);
  timer_ = runtime_.timers.arm(when, [this] {
    timer_ = 0;
    pump();
  });
}

void CommitQueue::execute(StoreWorker::Work work, std::move_only_function<void()> done) {
  busy_ = true;
  worker_.execute(std::move(work), [weak = std::weak_ptr(self_), d = std::move(done)]() mutable {
    const auto self = weak.lock();
    if (!self || *self == nullptr) return;
    d();
    if (*self != nullptr) (*self)->finish();  // a completed job may have destroyed the queue
  });
}

void CommitQueue::finish() {
  busy_ = false;
  if (planted(PlantedFault::wakeup_lost_after_commit) && !closing_) return;
  pump();
}

/// A short WAL is left alone: it opens fast, and folding in few pages at a time writes the same ones again and again.
void CommitQueue::arm_idle_checkpoint() {
  idle_reached_ = false;
  if (idle_timer_ != 0) runtime_.timers.disarm(std::exchange(idle_timer_, 0));
  if (wal_frames_ < settings_.checkpoint_frames / 4 || closing_) return;
  idle_timer_ = runtime_.timers.arm(runtime_.clock.steady() + settings_.idle_checkpoint_delay, [this] {
    idle_timer_ = 0;
    idle_reached_ = true;
    pump();
  });
}

Task<> CommitQueue::close() {
  closing_ = true;
  schedule_pump();
  while (busy_ || !writes_.empty() || !reads_.empty() || pump_posted_) co_await drained_.wait();
  auto result = std::make_shared<Result<void>>();
  auto folded = std::make_shared<Notification>(runtime_);
  execute([result, &store = store_] { *result = store.checkpoint(true); }, [folded] { folded->notify(); });
  co_await folded->wait();
  if (!*result) runtime_.log.warning("checkpoint_failed", {{"reason", result->error().message}});
}

}  // namespace relay::commit
