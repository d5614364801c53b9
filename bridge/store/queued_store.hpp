#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "bridge/store/operations.hpp"
#include "bridge/store/sql.hpp"
#include "bridge/store/store.hpp"
#include "relay/base/runtime.hpp"
#include "relay/commit/commit_queue.hpp"
#include "relay/commit/perform.hpp"
#include "relay/commit/store_worker.hpp"

namespace bridge::store {

/// Where the blocking work runs: a thread of the store's own, or (tests) handlers of the loop.
enum class StoreThread : std::uint8_t { own, loop };

/// A connection that operations run on, and their transactions.
class Backend : public Sql, public relay::commit::CommitTarget {};

/// The store on either database: its operations are done one after another on a thread of their own, and every writing
/// one that waits when a commit begins goes into it. Without close() before its end: as a killed process.
class QueuedStore : public Store {
 public:
  QueuedStore(relay::Runtime runtime, std::unique_ptr<Backend> backend, StoreThread thread);
  ~QueuedStore() override;

  [[nodiscard]] Task<Result<Snapshot>> load() override;
  [[nodiscard]] Task<Result<bool>> change(std::vector<Change> changes, AuditEntry entry) override;
  [[nodiscard]] Task<Result<Kept>> keep(std::vector<NewEvent> events) override;
  [[nodiscard]] Task<Result<std::vector<StoredEvent>>> waiting(std::string tenant, std::string box, std::int64_t after,
                                                               int limit) override;
  [[nodiscard]] Task<Result<bool>> acknowledge(std::string tenant, std::string box, std::int64_t number) override;
  [[nodiscard]] Task<Result<EventPage>> list_events(EventFilter filter) override;
  [[nodiscard]] Task<Result<std::vector<SilenceChange>>> watch(std::vector<Heard> heard, Watch how) override;
  [[nodiscard]] Task<Result<std::vector<Presence>>> presence(std::string tenant) override;
  void on_news(std::function<void(News)>) override {}
  [[nodiscard]] Task<Result<std::vector<AuditEntry>>> list_audit(std::string tenant, std::int64_t before,
                                                                 int limit) override;
  [[nodiscard]] Task<Result<std::optional<std::string>>> recall(std::string name) override;
  [[nodiscard]] Task<Result<bool>> remember(std::string name, std::string value) override;
  [[nodiscard]] Task<Result<std::string>> agree(std::string name, std::string value) override;
  [[nodiscard]] Task<Result<bool>> probe() override;
  [[nodiscard]] Task<Result<int>> prune(WallTime older_than, WallTime oldest) override;
  [[nodiscard]] Task<> close() override;

 private:
  template <class T>
  using Operation = std::move_only_function<Result<T>(Operations&, relay::commit::JobEffects&)>;
  template <class T>
  Task<Result<T>> read(Operation<T> operation) {
    return perform(relay::commit::Job::Kind::read, std::move(operation));
  }
  template <class T>
  Task<Result<T>> write(Operation<T> operation) {
    return perform(relay::commit::Job::Kind::write, std::move(operation));
  }
  /// A server's disk is no flash card: somebody waits, and what came in during one commit goes into the next.
  template <class T>
  Task<Result<T>> perform(relay::commit::Job::Kind kind, Operation<T> operation) {
    return relay::commit::perform<T, Operations, relay::commit::JobEffects>(*queue_, kind, relay::commit::Urgency::now,
                                                                            operations_, std::move(operation));
  }

  // In order of dependency: the queue goes first, the worker's thread is joined, then the database is closed.
  std::unique_ptr<Backend> backend_;
  Operations operations_;
  std::unique_ptr<relay::commit::StoreWorker> worker_;
  std::unique_ptr<relay::commit::CommitQueue> queue_;
};

}  // namespace bridge::store
