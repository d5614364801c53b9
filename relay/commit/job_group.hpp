#pragma once

#include <vector>

#include "relay/base/result.hpp"
#include "relay/commit/commit_queue.hpp"
#include "relay/sqlite/database.hpp"

namespace relay::commit {

/// CommitTarget::commit over SQLite: the jobs in one transaction, each in a savepoint of its own, so that one's error
/// undoes only itself. After an error the transaction may still be whole in the WAL (its sync failed, or the write
/// after that), and the next start would find it there: of an operation that its caller was told has failed. The caller
/// then commits something else in its place.
[[nodiscard]] Result<void> run_in_transaction(sqlite::Database& database, std::vector<Job>& jobs);

}  // namespace relay::commit
