#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "relay/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace relay::sqlite {

namespace detail {
struct CloseDatabase {
  void operator()(sqlite3* db) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};
}  // namespace detail

using StatementHandle = std::unique_ptr<sqlite3_stmt, detail::FinalizeStatement>;

/// One connection with its cache of prepared statements. It is used by one thread at a time; which one may change
/// (SQLITE_OPEN_NOMUTEX).
class Database {
 public:
  /// Opens or creates `path`. `vfs` names a registered VFS, empty for the system's. DEFENSIVE is set, trusted_schema is
  /// off, and closing does not checkpoint: whoever wants the WAL folded in says so (checkpoint()). Nothing is read yet,
  /// so a file that is no database shows at the first statement. Errors: io.
  [[nodiscard]] static Result<Database> open(const std::string& path, const std::string& vfs = {});

  /// Opens what is there for looking only: nothing is created and nothing in it can change. Another process may be
  /// using it. Errors: io (no such file, no permission).
  [[nodiscard]] static Result<Database> open_read_only(const std::string& path);

  /// As open_read_only(), of a damaged file: SQLite reads what it can, also of one that is shorter than it says.
  [[nodiscard]] static Result<Database> open_damaged(const std::string& path);

  /// Runs statements that return no rows that matter, separated by semicolons.
  [[nodiscard]] Result<void> execute(const std::string& sql);
  /// The first column of the first row, 0 when there is none.
  [[nodiscard]] Result<std::int64_t> integer(const std::string& sql);
  [[nodiscard]] Result<std::string> text(const std::string& sql);

  /// True outside a transaction. Some errors (FULL, IOERR, NOMEM) make SQLite roll a transaction back by itself.
  [[nodiscard]] bool autocommit() const;
  /// Rows that the last INSERT, UPDATE or DELETE changed.
  [[nodiscard]] std::int64_t changes() const;
  [[nodiscard]] std::int64_t last_insert_id() const;
  /// Frames in the WAL after the last commit. Setting this counting up (by open()) also turns SQLite's own checkpoints
  /// off.
  [[nodiscard]] int wal_frames() const { return *wal_frames_; }

  /// passive: copies what it can into the database file; the next commit then reuses the WAL from its start.
  /// truncate: also cuts the WAL to nothing.
  enum class Checkpoint : std::uint8_t { passive, truncate };
  [[nodiscard]] Result<void> checkpoint(Checkpoint kind);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  friend class Query;
  struct Cached {
    StatementHandle statement;
    bool in_use = false;
  };

  Database(sqlite3* db, std::string path);
  [[nodiscard]] Result<StatementHandle> prepare(std::string_view sql, bool keep);

  // Statements must go before the connection that they belong to: members are destroyed from the last to the first.
  std::unique_ptr<int> wal_frames_;  ///< SQLite holds its address.
  std::unique_ptr<sqlite3, detail::CloseDatabase> db_;
  std::string path_;
  std::unordered_map<std::string_view, Cached> statements_;  ///< Keys point to string literals.
};

}  // namespace relay::sqlite
