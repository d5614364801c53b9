#include "bridge/store/queued_store.hpp"

#include <utility>

namespace bridge::store {

using relay::commit::CommitQueue;
using relay::commit::JobEffects;

QueuedStore::QueuedStore(relay::Runtime runtime, std::unique_ptr<Backend> backend, StoreThread thread)
    : backend_(std::move(backend)),
      operations_(*backend_),
      worker_(thread == StoreThread::own
                  ? std::unique_ptr<relay::commit::StoreWorker>(std::make_unique<relay::commit::ThreadWorker>(runtime))
                  : std::make_unique<relay::commit::InlineWorker>(runtime)),
      queue_(std::make_unique<CommitQueue>(runtime, CommitQueue::Settings{}, *backend_, *worker_)) {}

QueuedStore::~QueuedStore() = default;

Task<Result<Snapshot>> QueuedStore::load() {
  return read<Snapshot>([](Operations& o, JobEffects&) { return o.load(); });
}

Task<Result<bool>> QueuedStore::change(std::vector<Change> changes, AuditEntry entry) {
  return write<bool>(
      [c = std::move(changes), e = std::move(entry)](Operations& o, JobEffects&) { return o.change(c, e); });
}

Task<Result<Kept>> QueuedStore::keep(std::vector<NewEvent> events) {
  return write<Kept>([e = std::move(events)](Operations& o, JobEffects&) { return o.keep(e); });
}

Task<Result<std::vector<StoredEvent>>> QueuedStore::waiting(std::string tenant, std::string box, std::int64_t after,
                                                            int limit) {
  return read<std::vector<StoredEvent>>([t = std::move(tenant), b = std::move(box), after, limit](
                                            Operations& o, JobEffects&) { return o.waiting(t, b, after, limit); });
}

Task<Result<bool>> QueuedStore::acknowledge(std::string tenant, std::string box, std::int64_t number) {
  return write<bool>([t = std::move(tenant), b = std::move(box), number](Operations& o, JobEffects&) {
    return o.acknowledge(t, b, number);
  });
}

Task<Result<EventPage>> QueuedStore::list_events(EventFilter filter) {
  return read<EventPage>([f = std::move(filter)](Operations& o, JobEffects&) { return o.list_events(f); });
}

Task<Result<std::vector<SilenceChange>>> QueuedStore::watch(std::vector<Heard> heard, Watch how) {
  return write<std::vector<SilenceChange>>(
      [h = std::move(heard), how](Operations& o, JobEffects&) { return o.watch(h, how); });
}

Task<Result<std::vector<Presence>>> QueuedStore::presence(std::string tenant) {
  return read<std::vector<Presence>>([t = std::move(tenant)](Operations& o, JobEffects&) { return o.presence(t); });
}

Task<Result<std::vector<AuditEntry>>> QueuedStore::list_audit(std::string tenant, std::int64_t before, int limit) {
  return read<std::vector<AuditEntry>>(
      [t = std::move(tenant), before, limit](Operations& o, JobEffects&) { return o.list_audit(t, before, limit); });
}

Task<Result<std::optional<std::string>>> QueuedStore::recall(std::string name) {
  return read<std::optional<std::string>>([n = std::move(name)](Operations& o, JobEffects&) { return o.recall(n); });
}

Task<Result<bool>> QueuedStore::remember(std::string name, std::string value) {
  return write<bool>(
      [n = std::move(name), v = std::move(value)](Operations& o, JobEffects&) { return o.remember(n, v); });
}

Task<Result<std::string>> QueuedStore::agree(std::string name, std::string value) {
  return write<std::string>(
      [n = std::move(name), v = std::move(value)](Operations& o, JobEffects&) { return o.agree(n, v); });
}

Task<Result<bool>> QueuedStore::probe() {
  return write<bool>([](Operations& o, JobEffects&) { return o.probe(); });
}

Task<Result<int>> QueuedStore::prune(WallTime older_than, WallTime oldest) {
  return write<int>([older_than, oldest](Operations& o, JobEffects&) { return o.prune(older_than, oldest); });
}

Task<> QueuedStore::close() { return queue_->close(); }

}  // namespace bridge::store
