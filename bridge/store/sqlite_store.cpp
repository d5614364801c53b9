#include "bridge/store/sqlite_store.hpp"

#include <utility>

#include "bridge/store/database.hpp"
#include "relay/commit/perform.hpp"
#include "relay/commit/store_worker.hpp"

namespace bridge::store {

using relay::commit::CommitQueue;
using relay::commit::Job;
using relay::commit::JobEffects;
using relay::commit::Urgency;

struct SqliteStore::Parts {
  Parts(relay::Runtime runtime, std::unique_ptr<Database> opened, StoreThread thread)
      : database(std::move(opened)),
        worker(thread == StoreThread::own
                   ? std::unique_ptr<relay::commit::StoreWorker>(std::make_unique<relay::commit::ThreadWorker>(runtime))
                   : std::make_unique<relay::commit::InlineWorker>(runtime)),
        queue(std::make_unique<CommitQueue>(runtime, CommitQueue::Settings{}, *database, *worker)) {}

  template <class T>
  using Operation = std::move_only_function<Result<T>(Database&, JobEffects&)>;

  template <class T>
  Task<Result<T>> read(Operation<T> operation) {
    return relay::commit::perform<T, Database, JobEffects>(*queue, Job::Kind::read, Urgency::now, *database,
                                                           std::move(operation));
  }
  /// A server's disk is no flash card: somebody waits, and what came in during one commit goes into the next.
  template <class T>
  Task<Result<T>> write(Operation<T> operation) {
    return relay::commit::perform<T, Database, JobEffects>(*queue, Job::Kind::write, Urgency::now, *database,
                                                           std::move(operation));
  }

  // In order of dependency: the queue goes first, the worker's thread is joined, then the file is closed.
  std::unique_ptr<Database> database;
  std::unique_ptr<relay::commit::StoreWorker> worker;
  std::unique_ptr<CommitQueue> queue;
};

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(relay::Runtime runtime, const relay::commit::DatabaseFile& file,
                                                       StoreThread thread) {
  auto database = Database::open(file);
  if (!database) return std::unexpected(database.error());
  return std::unique_ptr<SqliteStore>(new SqliteStore(std::make_unique<Parts>(runtime, std::move(*database), thread)));
}

Task<Result<Snapshot>> SqliteStore::load() {
  return parts_->read<Snapshot>([](Database& d, JobEffects&) { return d.load(); });
}

Task<Result<bool>> SqliteStore::change(std::vector<Change> changes, AuditEntry entry) {
  return parts_->write<bool>(
      [c = std::move(changes), e = std::move(entry)](Database& d, JobEffects&) { return d.change(c, e); });
}

Task<Result<Kept>> SqliteStore::keep(std::vector<NewEvent> events) {
  return parts_->write<Kept>([e = std::move(events)](Database& d, JobEffects&) { return d.keep(e); });
}

Task<Result<std::vector<StoredEvent>>> SqliteStore::waiting(std::string tenant, std::string box, std::int64_t after,
                                                            int limit) {
  return parts_->read<std::vector<StoredEvent>>(
      [t = std::move(tenant), b = std::move(box), after, limit](Database& d, JobEffects&) {
        return d.waiting(t, b, after, limit);
      });
}

Task<Result<bool>> SqliteStore::acknowledge(std::string tenant, std::string box, std::int64_t number) {
  return parts_->write<bool>([t = std::move(tenant), b = std::move(box), number](Database& d, JobEffects&) {
    return d.acknowledge(t, b, number);
  });
}

Task<Result<EventPage>> SqliteStore::list_events(EventFilter filter) {
  return parts_->read<EventPage>([f = std::move(filter)](Database& d, JobEffects&) { return d.list_events(f); });
}

Task<Result<std::vector<AuditEntry>>> SqliteStore::list_audit(std::string tenant, std::int64_t before, int limit) {
  return parts_->read<std::vector<AuditEntry>>(
      [t = std::move(tenant), before, limit](Database& d, JobEffects&) { return d.list_audit(t, before, limit); });
}

Task<Result<std::optional<std::string>>> SqliteStore::recall(std::string name) {
  return parts_->read<std::optional<std::string>>(
      [n = std::move(name)](Database& d, JobEffects&) { return d.recall(n); });
}

Task<Result<bool>> SqliteStore::remember(std::string name, std::string value) {
  return parts_->write<bool>(
      [n = std::move(name), v = std::move(value)](Database& d, JobEffects&) { return d.remember(n, v); });
}

Task<Result<bool>> SqliteStore::probe() {
  return parts_->write<bool>([](Database& d, JobEffects&) { return d.probe(); });
}

Task<Result<int>> SqliteStore::prune(WallTime older_than, WallTime oldest) {
  return parts_->write<int>([older_than, oldest](Database& d, JobEffects&) { return d.prune(older_than, oldest); });
}

Task<> SqliteStore::close() { return parts_->queue->close(); }

}  // namespace bridge::store
