#pragma once

#include <memory>

#include "bridge/store/store.hpp"
#include "relay/base/runtime.hpp"
#include "relay/commit/database_file.hpp"

namespace bridge::store {

/// Where the blocking work runs: a thread of the store's own, or (tests) handlers of the loop.
enum class StoreThread : std::uint8_t { own, loop };

/// The store on one SQLite file, owned by this process alone: every operation that waits when a commit begins goes into
/// it. Without close() before its end: as a killed process.
class SqliteStore final : public Store {
 public:
  /// On the calling thread. Errors as relay::commit::open_database.
  [[nodiscard]] static Result<std::unique_ptr<SqliteStore>> open(relay::Runtime runtime,
                                                                 const relay::commit::DatabaseFile& file,
                                                                 StoreThread thread = StoreThread::own);
  ~SqliteStore() override;

  [[nodiscard]] Task<Result<Snapshot>> load() override;
  [[nodiscard]] Task<Result<bool>> change(std::vector<Change> changes, AuditEntry entry) override;
  [[nodiscard]] Task<Result<Kept>> keep(std::vector<NewEvent> events) override;
  [[nodiscard]] Task<Result<std::vector<StoredEvent>>> waiting(std::string tenant, std::string box, std::int64_t after,
                                                               int limit) override;
  [[nodiscard]] Task<Result<bool>> acknowledge(std::string tenant, std::string box, std::int64_t number) override;
  [[nodiscard]] Task<Result<EventPage>> list_events(EventFilter filter) override;
  [[nodiscard]] Task<Result<std::vector<AuditEntry>>> list_audit(std::string tenant, std::int64_t before,
                                                                 int limit) override;
  [[nodiscard]] Task<Result<std::optional<std::string>>> recall(std::string name) override;
  [[nodiscard]] Task<Result<bool>> remember(std::string name, std::string value) override;
  [[nodiscard]] Task<Result<bool>> probe() override;
  [[nodiscard]] Task<Result<int>> prune(WallTime older_than, WallTime oldest) override;
  [[nodiscard]] Task<> close() override;

 private:
  struct Parts;
  explicit SqliteStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace bridge::store
