#include "relay/commit/database_file.hpp"

#include <utility>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/sqlite/transaction.hpp"

namespace relay::commit {
namespace {

/// FULL: what COMMIT has returned for is on the disk.
std::string_view synchronous() {
  if (planted(PlantedFault::commit_not_synced)) return "NORMAL";
  if (planted(PlantedFault::database_never_synced)) return "OFF";
  return "FULL";
}

std::string_view foreign_keys() { return planted(PlantedFault::foreign_keys_off) ? "OFF" : "ON"; }

/// EXCLUSIVE before the first access to the WAL: its index then lives in our memory, no shared memory is needed, and
/// nobody else can open the file. secure_delete=FAST overwrites deleted texts where that costs no extra page.
Result<void> configure(sqlite::Database& database, const DatabaseFile& file) {
  if (auto done = database.execute(concat("PRAGMA page_size = ", file.page_size, "; PRAGMA locking_mode = EXCLUSIVE;"));
      !done) {
    return done;
  }
  const auto mode = database.text("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(mode.error());
  if (*mode != "wal") return fail(ErrorCode::io, concat("SQLite refuses write-ahead logging on ", database.path()));
  if (auto done = database.execute(
          concat("PRAGMA synchronous = ", synchronous(), "; PRAGMA foreign_keys = ", foreign_keys(),
                 "; PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; "
                 "PRAGMA mmap_size = 0; PRAGMA cache_size = -",
                 file.cache_kib, "; PRAGMA journal_size_limit = ", 4 << 20, ";"));
      !done) {
    return done;
  }
  if (file.max_file_bytes <= 0) return {};
  const auto page_size = database.integer("PRAGMA page_size");
  if (!page_size) return std::unexpected(page_size.error());
  return database.execute(concat("PRAGMA max_page_count = ", file.max_file_bytes / *page_size));
}

/// What the WAL shows after an unclean end may stand in the page cache alone: a kernel whose sync has failed forgets
/// that it has not written a page. New commits behind such a page would be lost with it at a power cut. So everything
/// is written anew, into the database file, before anything is built on it. A full disk is no reason not to start.
Result<void> settle_wal(sqlite::Database& database) {
  auto settled = database.checkpoint(sqlite::Database::Checkpoint::truncate);
  if (!settled && settled.error().code == ErrorCode::full) return {};
  return settled;
}

}  // namespace

Error explain(Error error, sqlite::Database& database, const DatabaseKind& kind) {
  const std::string& path = database.path();
  switch (error.code) {
    case ErrorCode::unavailable:
      error.message =
          concat(path, " is in use by another process (one daemon owns its ", kind.name, "): stop that one first");
      break;
    case ErrorCode::corrupt: {
      const auto check = database.text("PRAGMA integrity_check(1)");
      error.message = concat(path, " is damaged (", check ? *check : error.message,
                             "): move it away to start with an empty ", kind.name, ", or restore a copy");
      break;
    }
    case ErrorCode::io:
      error.message = concat("the ", kind.name, " ", path, " cannot be used: ", error.message);
      break;
    default:
      break;
  }
  return error;
}

Result<sqlite::Database> open_database(const DatabaseFile& file, const DatabaseKind& kind) {
  auto database = sqlite::Database::open(file.path, file.vfs);
  if (!database) {
    return fail(database.error().code,
                concat("the ", kind.name, " ", file.path, " cannot be opened (", database.error().message,
                       "): check that its folder exists and is writable for this user"));
  }
  auto ready = configure(*database, file);
  if (ready) ready = settle_wal(*database);
  if (ready) ready = migrate(*database, kind);
  if (!ready) return std::unexpected(explain(std::move(ready).error(), *database, kind));
  return database;
}

Result<void> migrate(sqlite::Database& database, const DatabaseKind& kind) {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  const auto application = database.integer("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  const auto tables = database.integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(tables.error());

  const auto newest = static_cast<std::int64_t>(kind.migrations.size());
  const bool empty = *tables == 0 && *version == 0;
  if (!empty && *application != kind.application_id) {
    return fail(ErrorCode::conflict, concat(database.path(), " is a database of another program; name another file"));
  }
  if (*version > newest) {
    return fail(
        ErrorCode::conflict,
        concat(database.path(), " was written by a newer release (schema ", *version, ", this one knows up to ", newest,
               "); install that release again, or move the file away to start with an empty ", kind.name));
  }
  for (std::int64_t next = *version + 1; next <= newest; ++next) {
    sqlite::Transaction transaction(database);
    if (!transaction.begun()) return transaction.begun();
    const auto step =
        database.execute(concat(kind.migrations[static_cast<std::size_t>(next - 1)],
                                "; PRAGMA application_id = ", kind.application_id, "; PRAGMA user_version = ", next));
    if (!step) return step;
    if (auto committed = transaction.commit(); !committed) return committed;
  }
  return {};
}

}  // namespace relay::commit
