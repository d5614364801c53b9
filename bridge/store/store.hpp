#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bridge/store/types.hpp"
#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace bridge::store {

using relay::Result;
using relay::Task;

/// What the bridge must not lose. The contract is independent of the database: SQLite (sqlite_store.hpp) for one node,
/// PostgreSQL (postgresql_store.hpp) for several; tests/unit/bridge/store/contract_test.cpp is the test of either. All
/// calls on the loop's thread. An operation that returned a value is committed; one that returned an Error left nothing
/// behind, but for one case: a connection that is lost while it commits leaves the outcome open. That is an io error,
/// and every operation may then be repeated: keep() knows its events again, change() refuses what was changed.
class Store {
 public:
  virtual ~Store() = default;

  [[nodiscard]] virtual Task<Result<Snapshot>> load() = 0;
  /// All of it or nothing, with the entry of the audit log. A route that names a box gives it the events of its number
  /// that waited for one. Errors: conflict (an account, topic or name that another tenant has; a row that was changed
  /// since it was read), not_found (the tenant or box that a row names), full, io.
  [[nodiscard]] virtual Task<Result<bool>> change(std::vector<Change> changes, AuditEntry entry) = 0;

  /// Events of one call: all are kept with one commit, or none. Numbers count up per box in the order of the commits,
  /// whichever nodes make them: who has seen one will never meet a smaller new one.
  /// Errors: full, io.
  [[nodiscard]] virtual Task<Result<Kept>> keep(std::vector<NewEvent> events) = 0;
  /// What the box has not acknowledged, behind `after`, in order.
  [[nodiscard]] virtual Task<Result<std::vector<StoredEvent>>> waiting(std::string tenant, std::string box,
                                                                       std::int64_t after, int limit) = 0;
  /// The box has committed everything up to this number. Never goes back.
  [[nodiscard]] virtual Task<Result<bool>> acknowledge(std::string tenant, std::string box, std::int64_t number) = 0;
  [[nodiscard]] virtual Task<Result<EventPage>> list_events(EventFilter filter) = 0;

  /// Notes when boxes were heard and returns which of them, of all nodes', fell silent or came back by that; each such
  /// change is told once, and is an event of the tenant, in the same commit.
  [[nodiscard]] virtual Task<Result<std::vector<SilenceChange>>> watch(std::vector<Heard> heard, Watch how) = 0;
  [[nodiscard]] virtual Task<Result<std::vector<Presence>>> presence(std::string tenant) = 0;

  /// What other nodes commit is told here, on the loop, from this call to close(). A store of one node says nothing.
  virtual void on_news(std::function<void(News)> listener) = 0;

  /// Newest first. An empty tenant: all.
  [[nodiscard]] virtual Task<Result<std::vector<AuditEntry>>> list_audit(std::string tenant, std::int64_t before,
                                                                         int limit) = 0;
  /// Small facts of the bridge itself (its authority's certificate). Nothing: never remembered.
  [[nodiscard]] virtual Task<Result<std::optional<std::string>>> recall(std::string name) = 0;
  [[nodiscard]] virtual Task<Result<bool>> remember(std::string name, std::string value) = 0;
  /// Remembers it unless something is remembered already; returns what stands then. So nodes that start together agree.
  [[nodiscard]] virtual Task<Result<std::string>> agree(std::string name, std::string value) = 0;

  /// Can it store right now? Writes and commits.
  [[nodiscard]] virtual Task<Result<bool>> probe() = 0;
  /// Deletes acknowledged events and audit entries from before `older_than`, and unacknowledged ones from before
  /// `oldest`; a bounded number a call. Returns how many events went without having been acknowledged.
  [[nodiscard]] virtual Task<Result<int>> prune(WallTime older_than, WallTime oldest) = 0;
  /// Commits what waits and closes.
  [[nodiscard]] virtual Task<> close() = 0;
};

}  // namespace bridge::store
