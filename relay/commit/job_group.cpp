#include "relay/commit/job_group.hpp"

#include "relay/base/planted_fault.hpp"
#include "relay/sqlite/transaction.hpp"

namespace relay::commit {

Result<void> run_in_transaction(sqlite::Database& database, std::vector<Job>& jobs) {
  sqlite::Transaction transaction(database);
  if (!transaction.begun()) return transaction.begun();
  bool wrote = false;
  for (Job& job : jobs) {
    sqlite::Savepoint savepoint(database);
    if (!savepoint.begun()) return savepoint.begun();
    job.succeeded = job.run();
    // After some errors (a full disk among them) SQLite undoes more than the statement: the whole transaction is gone.
    // The next savepoint would be a transaction of its own, and commit what its caller is told has failed.
    if (database.autocommit()) {
      return fail(ErrorCode::io, "SQLite undid this commit's operations because the disk failed one of them");
    }
    if (!job.succeeded) continue;
    if (auto kept = savepoint.keep(); !kept) return kept;
    wrote = true;
  }
  // With nothing to keep, each failed job tells its own error, which says more than that of a commit.
  if (!wrote) return {};
  auto committed = transaction.commit();
  if (planted(PlantedFault::commit_failure_ignored)) return {};
  return committed;
}

}  // namespace relay::commit
