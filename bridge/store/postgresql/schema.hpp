#pragma once

#include <span>

#include "bridge/store/postgresql/connection.hpp"

namespace bridge::store::postgresql {

/// SQL that brings the database from version n-1 to n, for n = 1, 2, ...
[[nodiscard]] std::span<const char* const> all_migrations();

/// Brings the schema to the newest version, each step in a transaction of its own, one node at a time. Errors: conflict
/// (the database is of a newer version, or is another program's), io.
[[nodiscard]] Result<void> migrate(Connection& connection, std::span<const char* const> migrations = all_migrations());

}  // namespace bridge::store::postgresql
