#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/outbox/commit_pacer.hpp"
#include "relay/outbox/outbox.hpp"
#include "relay/outbox/store_worker.hpp"

namespace relay::outbox {

class Store;

/// What a committed operation changed, for those who keep things in memory.
struct Effects {
  std::vector<Message> stored;  ///< New messages, in commit order.
  Counters delta;               ///< To be added to the counters; `usage` apart.
  /// Message parts that were counted (or, below 0, given back) for an application's day.
  struct Charge {
    AppId app = 0;
    std::int64_t day = 0;
    std::int64_t parts = 0;
  };
  std::vector<Charge> charges;
  std::vector<std::pair<AppId, std::int64_t>> daily_limits;  ///< As they are now.
};

/// One operation on its way to the store.
struct Job {
  enum class Kind : std::uint8_t { read, write };
  Kind kind = Kind::read;
  Urgency urgency = Urgency::now;  ///< Of a write.
  SteadyTime since{};              ///< When it was pushed (set by the queue).
  /// Runs on the store thread, once. False: it failed and its writes are to be undone. Keeps its own result.
  std::move_only_function<bool(Store*, Effects&)> run;
  /// Runs on the loop, once, after `run` and (of a write) the commit; with the error when the commit failed.
  std::move_only_function<void(std::optional<Error>)> complete;

  bool succeeded = false;  ///< What `run` returned.
  Effects effects;
};

/// Group commit. Lives on the loop; the store's work is done by the worker, one batch at a time:
/// - Writes take effect in the order of their push. Those that wait when a commit is due (CommitPacer) form one
/// transaction, each in a
///   savepoint of its own, so that one's error undoes only itself. A failed COMMIT fails them all.
/// - Reads see what is committed and nothing else, and never wait for a commit's pacing: a write that has not completed
/// yet may
///   not be seen. They never cause a commit.
/// - Checkpoints run between batches, after the writers have had their answers.
class CommitQueue {
 public:
  struct Settings {
    CommitPacer::Settings pacer;
    int checkpoint_frames = 1000;          ///< A WAL this long is folded into the database file.
    Millis idle_checkpoint_delay{60'000};  ///< And one a quarter as long, after this long without a write.
    std::size_t max_waiting = 4096;        ///< Jobs; one more is refused with `full`.
  };

  /// `store` and `worker` must outlive the queue.
  CommitQueue(Runtime runtime, Settings settings, Store& store, StoreWorker& worker);
  ~CommitQueue();  ///< As a killed process: what waits is dropped, nothing is committed.
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  void push(Job job);
  /// Called on the loop after each commit, before its jobs complete.
  void on_commit(std::function<void(const std::vector<Job>&)> listener) { committed_ = std::move(listener); }

  /// No job enters any more (they are refused with `unavailable`); what waits is committed at once; then the WAL is
  /// folded in.
  [[nodiscard]] Task<> close();

 private:
  void schedule_pump();
  void pump();
  [[nodiscard]] CommitPacer::Waiting waiting() const;
  void start_reads();
  void start_writes();
  void start_checkpoint(bool truncate);
  void wake_at(SteadyTime when);
  /// Gives the worker a batch; `done` finds the queue alive.
  void execute(StoreWorker::Work work, std::move_only_function<void()> done);
  void finish();
  void arm_idle_checkpoint();

  Runtime runtime_;
  Settings settings_;
  Store& store_;
  StoreWorker& worker_;
  CommitPacer pacer_;
  std::function<void(const std::vector<Job>&)> committed_;

  std::deque<Job> reads_;
  std::deque<Job> writes_;
  bool busy_ = false;  ///< The worker has a batch.
  bool pump_posted_ = false;
  bool reads_ran_last_ = false;
  bool closing_ = false;
  bool idle_reached_ = false;  ///< The idle time is over: fold the WAL in when nothing else is to do.
  bool checkpoint_failed_ = false;
  int wal_frames_ = 0;
  TimerQueue::Handle timer_ = 0;
  TimerQueue::Handle idle_timer_ = 0;
  Notification drained_;
  std::shared_ptr<CommitQueue*> self_;  ///< Posted handlers hold it weakly: a queue that is gone is not called.
};

}  // namespace relay::outbox
