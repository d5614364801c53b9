#pragma once

#include <span>

#include "relay/base/result.hpp"
#include "relay/commit/database_file.hpp"
#include "relay/sqlite/database.hpp"

namespace relay::outbox {

/// SQL that brings a database from version n-1 to n, for n = 1, 2, ...: position 0 makes an empty file version 1. Never
/// change a migration that was released; add one.
[[nodiscard]] std::span<const char* const> migrations();

/// "EROB": tells our files from other SQLite files (PRAGMA application_id).
inline constexpr int outbox_application_id = 0x45524F42;

[[nodiscard]] commit::DatabaseKind database_kind(std::span<const char* const> steps = migrations());

/// Brings the database to the newest version. Errors: conflict when the file belongs to another program or to a newer
/// version of this one; what SQLite says.
[[nodiscard]] Result<void> migrate(sqlite::Database& database, std::span<const char* const> steps = migrations());

}  // namespace relay::outbox
