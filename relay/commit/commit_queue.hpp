#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/runtime.hpp"
#include "relay/base/task.hpp"
#include "relay/commit/commit_pacer.hpp"
#include "relay/commit/store_worker.hpp"
#include "relay/commit/urgency.hpp"

namespace relay::commit {

/// What a committed operation changed, for those who keep things in memory: the store's own type derives from it.
struct JobEffects {
  virtual ~JobEffects() = default;
};

/// One operation on its way to the store.
struct Job {
  enum class Kind : std::uint8_t { read, write };
  Kind kind = Kind::read;
  Urgency urgency = Urgency::now;  ///< Of a write.
  SteadyTime since{};              ///< When it was pushed (set by the queue).
  /// Runs on the store thread, once. False: it failed and its writes are to be undone. Keeps its own result.
  std::move_only_function<bool()> run;
  /// Runs on the loop, once, after `run` and (of a write) the commit; with the error when the commit failed.
  std::move_only_function<void(std::optional<Error>)> complete;

  bool succeeded = false;               ///< What `run` returned.
  std::unique_ptr<JobEffects> effects;  ///< What `run` writes into. Null: nobody keeps anything.
};

/// What the queue asks of a store, on the store thread.
class CommitTarget {
 public:
  virtual ~CommitTarget() = default;
  /// Runs the jobs in one transaction. Sets each job's `succeeded`. An error: nothing of any of them is left.
  [[nodiscard]] virtual Result<void> commit(std::vector<Job>& jobs) = 0;
  /// Of the write-ahead log, as it is after the last commit.
  [[nodiscard]] virtual int wal_frames() const = 0;
  [[nodiscard]] virtual Result<void> checkpoint(bool truncate) = 0;
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
  CommitQueue(Runtime runtime, Settings settings, CommitTarget& store, StoreWorker& worker);
  ~CommitQueue();  ///< As a killed process: what waits is dropped, nothing is committed.
  CommitQueue(const CommitQueue&) = delete;
  CommitQueue& operator=(const CommitQueue&) = delete;

  void push(Job job);
  /// Called on the loop after each commit, before its jobs complete.
  void on_commit(std::function<void(const std::vector<Job>&)> listener) { committed_ = std::move(listener); }

  /// Called on the loop with the error of each operation that failed, before its caller has it.
  void on_failure(std::function<void(const Error&)> listener) { failed_ = std::move(listener); }
  void note_failure(const Error& error) const {
    if (failed_) failed_(error);
  }

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
  CommitTarget& store_;
  StoreWorker& worker_;
  CommitPacer pacer_;
  std::function<void(const std::vector<Job>&)> committed_;
  std::function<void(const Error&)> failed_;

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

}  // namespace relay::commit
