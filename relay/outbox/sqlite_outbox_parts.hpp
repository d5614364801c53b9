#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "relay/commit/commit_queue.hpp"
#include "relay/commit/perform.hpp"
#include "relay/commit/store_worker.hpp"
#include "relay/outbox/apply_effects.hpp"
#include "relay/outbox/sqlite_outbox.hpp"
#include "relay/outbox/store.hpp"

namespace relay::outbox {

/// What the outbox is made of, and how an operation gets to the store and back.
struct SqliteOutbox::Parts {
  Parts(Runtime r, SqliteOutboxSettings s, std::unique_ptr<Store> opened)
      : runtime(r),
        settings(std::move(s)),
        timeline(opened->last_anchor() ? Timeline(r.clock, *opened->last_anchor()) : Timeline(r.clock)),
        ids(opened->greatest_id(), r.random),
        counters(opened->counted()),
        store(std::move(opened)),
        worker(settings.thread == StoreThread::own
                   ? std::unique_ptr<commit::StoreWorker>(std::make_unique<commit::ThreadWorker>(r))
                   : std::make_unique<commit::InlineWorker>(r, settings.loop_work_time)),
        queue(std::make_unique<commit::CommitQueue>(r, queue_settings(settings), *store, *worker)) {
    store->start_run(timeline.now());
    queue->on_commit([this](const std::vector<commit::Job>& jobs) { committed(jobs); });
    queue->on_failure([this](const Error& error) {
      if (error.code == ErrorCode::corrupt) note_damage(error);
    });
  }

  static commit::CommitQueue::Settings queue_settings(const SqliteOutboxSettings& s) {
    commit::CommitQueue::Settings out;
    out.pacer = {s.commit_rate, s.commit_burst, s.commit_group, s.relaxed_delay};
    out.checkpoint_frames = static_cast<int>(s.checkpoint_bytes / s.page_size);
    out.idle_checkpoint_delay = s.idle_checkpoint_delay;
    return out;
  }

  /// Once. What is damaged is mended by the next start.
  void note_damage(const Error& error) {
    if (std::exchange(damage_noted, true)) return;
    runtime.log.error("outbox_damaged", {{"file", settings.path}, {"reason", error.message}});
    if (!settings.vfs.empty()) return;
    if (const auto marked = commit::suspect(settings.path); !marked) {
      runtime.log.error("outbox_damage_not_marked", {{"reason", marked.error().message}});
    }
    if (damage_listener) damage_listener();
  }

  [[nodiscard]] Moment now() const { return {runtime.clock.wall(), timeline.now()}; }

  void committed(const std::vector<commit::Job>& jobs) {
    std::vector<Message> stored;
    std::vector<AppId> told;
    for (const commit::Job& job : jobs) {
      if (!job.succeeded) continue;
      const auto& effects = static_cast<const Effects&>(*job.effects);
      apply_effects(effects, counters);
      stored.insert(stored.end(), effects.stored.begin(), effects.stored.end());
      told.insert(told.end(), effects.told.begin(), effects.told.end());
    }
    if (!stored.empty() && stored_listener) stored_listener(stored);
    if (!told.empty() && event_listener) event_listener(told);
  }

  template <class T>
  using Operation = std::move_only_function<Result<T>(Store&, Effects&)>;
  template <class T>
  Task<Result<T>> read(Operation<T> operation) {
    return commit::perform<T, Store, Effects>(*queue, commit::Job::Kind::read, Urgency::now, *store,
                                              std::move(operation));
  }
  template <class T>
  Task<Result<T>> write(Urgency urgency, Operation<T> operation) {
    return commit::perform<T, Store, Effects>(*queue, commit::Job::Kind::write, urgency, *store, std::move(operation));
  }

  Runtime runtime;
  SqliteOutboxSettings settings;
  Timeline timeline;
  MessageIdGenerator ids;
  Counters counters;
  std::function<void(const std::vector<Message>&)> stored_listener;
  std::function<void(const std::vector<AppId>&)> event_listener;
  std::int64_t free_bytes = 0;
  std::optional<SteadyTime> free_bytes_read_at;
  std::array<std::optional<TimelineTime>, 5> oldest;
  std::optional<SteadyTime> oldest_read_at;
  bool damage_noted = false;
  std::function<void()> damage_listener;

  // In order of dependency: the queue goes first, the worker's thread is joined, then the file is closed.
  std::unique_ptr<Store> store;
  std::unique_ptr<commit::StoreWorker> worker;
  std::unique_ptr<commit::CommitQueue> queue;
};

}  // namespace relay::outbox
