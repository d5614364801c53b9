#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"
#include "relay/sqlite/database.hpp"

namespace relay::commit {

/// How a program that owns its SQLite file opens it.
struct DatabaseFile {
  std::string path;
  std::string vfs;                  ///< A registered VFS; empty: the system's.
  int page_size = 1024;             ///< Of a new file: 512..65536, a power of two.
  int cache_kib = 1024;             ///< SQLite's page cache: the bound of the store's memory.
  std::int64_t max_file_bytes = 0;  ///< The database file grows no further; 0: no limit.
};

/// What the file holds, for sentences and for telling it from others.
struct DatabaseKind {
  std::string_view name;   ///< "outbox": "the outbox /var/lib/... cannot be opened".
  int application_id = 0;  ///< PRAGMA application_id: tells our files from other SQLite files.
  /// SQL that brings a database from version n-1 to n, for n = 1, 2, ...: position 0 makes an empty file version 1.
  std::span<const char* const> migrations;
  /// SQL that makes what was salvaged of a damaged file consistent again (salvage.hpp).
  std::string_view after_salvage;
};

/// Opens or creates the file, takes it for this process alone (EXCLUSIVE, WAL, synchronous=FULL: what COMMIT has
/// returned for is on the disk), writes anew what an unclean end left in the WAL, and migrates it. Errors are sentences
/// that say which file, why, and what to do: unavailable (another process has it), conflict (newer schema, another
/// program's file), corrupt (with the finding of integrity_check), io, full.
[[nodiscard]] Result<sqlite::Database> open_database(const DatabaseFile& file, const DatabaseKind& kind);

/// Brings the database to the newest version, each step in a transaction of its own.
[[nodiscard]] Result<void> migrate(sqlite::Database& database, const DatabaseKind& kind);

/// Makes an error that any later statement met into a sentence that says which file and what to do.
[[nodiscard]] Error explain(Error error, sqlite::Database& database, const DatabaseKind& kind);

}  // namespace relay::commit
