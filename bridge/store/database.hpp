#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/types.hpp"
#include "relay/base/result.hpp"
#include "relay/commit/commit_queue.hpp"
#include "relay/commit/database_file.hpp"
#include "relay/sqlite/database.hpp"

namespace bridge::store {

using relay::Result;

/// "ERBR": tells the bridge's files from others.
inline constexpr int bridge_application_id = 0x45524252;
[[nodiscard]] relay::commit::DatabaseKind database_kind();

/// Store's operations on the database, synchronous; one thread at a time. Writing ones run inside commit().
class Database final : public relay::commit::CommitTarget {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Database>> open(const relay::commit::DatabaseFile& file);

  [[nodiscard]] Result<void> commit(std::vector<relay::commit::Job>& jobs) override;
  [[nodiscard]] int wal_frames() const override { return database_.wal_frames(); }
  [[nodiscard]] Result<void> checkpoint(bool truncate) override;

  [[nodiscard]] Result<Snapshot> load();
  [[nodiscard]] Result<bool> change(const std::vector<Change>& changes, const AuditEntry& entry);
  [[nodiscard]] Result<Kept> keep(const std::vector<NewEvent>& events);
  [[nodiscard]] Result<std::vector<StoredEvent>> waiting(const std::string& tenant, const std::string& box,
                                                         std::int64_t after, int limit);
  [[nodiscard]] Result<bool> acknowledge(const std::string& tenant, const std::string& box, std::int64_t number);
  [[nodiscard]] Result<EventPage> list_events(const EventFilter& filter);
  [[nodiscard]] Result<std::vector<AuditEntry>> list_audit(const std::string& tenant, std::int64_t before, int limit);
  [[nodiscard]] Result<std::optional<std::string>> recall(const std::string& name);
  [[nodiscard]] Result<bool> remember(const std::string& name, const std::string& value);
  [[nodiscard]] Result<bool> probe();
  [[nodiscard]] Result<int> prune(WallTime older_than, WallTime oldest);

 private:
  explicit Database(relay::sqlite::Database database) : database_(std::move(database)) {}

  // One row each (database_changes.cpp).
  [[nodiscard]] Result<std::int64_t> apply(const Tenant& row);
  [[nodiscard]] Result<std::int64_t> apply(const Box& row);
  [[nodiscard]] Result<std::int64_t> apply(const Credential& row);
  [[nodiscard]] Result<std::int64_t> apply(const Route& row);
  [[nodiscard]] Result<std::int64_t> apply(const Token& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropBox& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropCredential& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropRoute& row);
  [[nodiscard]] Result<std::int64_t> apply(const DropToken& row);
  /// Events that waited for a box get it, oldest first.
  [[nodiscard]] Result<void> adopt(const Route& route);

  [[nodiscard]] Result<std::int64_t> next_number(const std::string& tenant, const std::string& box);
  [[nodiscard]] Result<bool> is_known(const NewEvent& event);
  /// False: of no higher rank than what is known of its subject.
  [[nodiscard]] Result<bool> raise(const NewEvent& event);
  [[nodiscard]] Result<void> insert(const NewEvent& event);

  relay::sqlite::Database database_;
};

}  // namespace bridge::store
