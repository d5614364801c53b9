#include "relay/sqlite/database.hpp"

#include <utility>

#include <sqlite3.h>

#include "relay/base/concat.hpp"
#include "relay/sqlite/error.hpp"

namespace relay::sqlite {

void detail::CloseDatabase::operator()(sqlite3* db) const { sqlite3_close_v2(db); }
void detail::FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(sqlite3* db, std::string path)
    : wal_frames_(std::make_unique<int>(0)), db_(db), path_(std::move(path)) {}

Result<Database> Database::open(const std::string& path, const std::string& vfs) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
  Database database(raw, path);  // SQLite wants the handle closed even after a failure
  if (code != SQLITE_OK) return std::unexpected(error_of(raw, code, concat("opening ", path)));

  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_hook(
      raw,
      [](void* frames, sqlite3*, const char*, int count) {
        *static_cast<int*>(frames) = count;
        return SQLITE_OK;
      },
      database.wal_frames_.get());
  return database;
}

Result<Database> Database::open_read_only(const std::string& path) {
  sqlite3* raw = nullptr;
  const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  Database database(raw, path);
  if (code != SQLITE_OK) return std::unexpected(error_of(raw, code, concat("opening ", path)));
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return database;
}

Result<Database> Database::open_damaged(const std::string& path) {
  auto database = open_read_only(path);
  if (!database) return database;
  // writable_schema is what SQLite's own recovery sets (lockBtree() then takes a short file); DEFENSIVE would forbid
  // it.
  sqlite3_db_config(database->db_.get(), SQLITE_DBCONFIG_DEFENSIVE, 0, nullptr);
  sqlite3_db_config(database->db_.get(), SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, nullptr);
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr); code != SQLITE_OK) {
    return std::unexpected(error_of(db_.get(), code, concat("running \"", sql.substr(0, 60), "\" on ", path_)));
  }
  return {};
}

Result<std::string> Database::text(const std::string& sql) {
  auto statement = prepare(sql, false);
  if (!statement) return std::unexpected(statement.error());
  const int code = sqlite3_step(statement->get());
  if (code == SQLITE_DONE) return std::string{};
  if (code != SQLITE_ROW) return std::unexpected(error_of(db_.get(), code, concat("running \"", sql, "\" on ", path_)));
  const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement->get(), 0));
  return value == nullptr ? std::string{} : std::string(value);
}

Result<std::int64_t> Database::integer(const std::string& sql) {
  auto statement = prepare(sql, false);
  if (!statement) return std::unexpected(statement.error());
  const int code = sqlite3_step(statement->get());
  if (code == SQLITE_DONE) return 0;
  if (code != SQLITE_ROW) return std::unexpected(error_of(db_.get(), code, concat("running \"", sql, "\" on ", path_)));
  return sqlite3_column_int64(statement->get(), 0);
}

bool Database::autocommit() const { return sqlite3_get_autocommit(db_.get()) != 0; }
std::int64_t Database::changes() const { return sqlite3_changes64(db_.get()); }
std::int64_t Database::last_insert_id() const { return sqlite3_last_insert_rowid(db_.get()); }

Result<void> Database::checkpoint(Checkpoint kind) {
  const int mode = kind == Checkpoint::truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, mode, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error_of(db_.get(), code, concat("checkpointing ", path_)));
  *wal_frames_ = 0;
  return {};
}

Result<StatementHandle> Database::prepare(std::string_view sql, bool keep) {
  sqlite3_stmt* raw = nullptr;
  const unsigned flags = keep ? SQLITE_PREPARE_PERSISTENT : 0U;
  const int code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()), flags, &raw, nullptr);
  if (code != SQLITE_OK) {
    return std::unexpected(error_of(db_.get(), code, concat("preparing \"", sql.substr(0, 60), "\" on ", path_)));
  }
  return StatementHandle(raw);
}

}  // namespace relay::sqlite
