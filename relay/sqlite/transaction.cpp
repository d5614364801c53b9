#include "relay/sqlite/transaction.hpp"

#include <string_view>

#include "relay/sqlite/query.hpp"

namespace relay::sqlite {
namespace {

Result<void> run(Database& database, std::string_view sql) {
  const auto done = Query(database, sql).run();
  if (!done) return std::unexpected(done.error());
  return {};
}

}  // namespace

Transaction::Transaction(Database& database) : database_(database), begun_(run(database, "BEGIN IMMEDIATE")) {}

Transaction::~Transaction() {
  // An error here (the rollback of a failed disk) leaves nothing committed either; SQLite is back in autocommit.
  if (begun_ && !database_.autocommit()) (void)run(database_, "ROLLBACK");
}

Result<void> Transaction::commit() {
  if (!begun_) return begun_;
  if (database_.autocommit()) {
    return fail(ErrorCode::io, "committing: SQLite has rolled the transaction back after an earlier error");
  }
  return run(database_, "COMMIT");
}

Savepoint::Savepoint(Database& database)
    : database_(database), begun_(run(database, "SAVEPOINT job")), open_(begun_.has_value()) {}

Savepoint::~Savepoint() {
  if (!open_ || database_.autocommit()) return;
  if (run(database_, "ROLLBACK TO job")) {
    (void)run(database_, "RELEASE job");
  } else {
    (void)run(database_, "ROLLBACK");  // what cannot be undone alone must not be committed with the others
  }
}

Result<void> Savepoint::keep() {
  if (!begun_) return begun_;
  auto released = run(database_, "RELEASE job");
  open_ = !released;
  return released;
}

}  // namespace relay::sqlite
