#include "relay/commit/salvage.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <unistd.h>
#include <utility>

#include "relay/base/concat.hpp"
#include "relay/sqlite/query.hpp"
#include "relay/sqlite/transaction.hpp"

namespace relay::commit {
namespace {

using sqlite::Database;
using sqlite::Query;

std::string fresh_of(const std::string& path) { return path + ".salvaged"; }
std::string aside_of(const std::string& path) { return path + ".damaged"; }
std::string suspicion_of(const std::string& path) { return path + ".suspect"; }
std::string wal_of(const std::string& path) { return path + "-wal"; }

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

Error refused(const std::string& what) {
  const int error = errno;
  return {error == ENOSPC || error == EDQUOT ? ErrorCode::full : ErrorCode::io,
          concat(what, ": ", std::strerror(error))};
}

Result<void> move(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0 || errno == ENOENT) return {};
  return std::unexpected(refused(concat("moving ", from, " to ", to)));
}

Result<void> sync_folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  auto error = synced ? Error{} : refused(concat("syncing ", folder));
  if (fd >= 0) ::close(fd);
  if (!synced) return std::unexpected(std::move(error));
  return {};
}

void remove_database(const std::string& path) {
  for (const auto& name : {path, wal_of(path), path + "-journal"}) (void)::unlink(name.c_str());
}

std::string identifier(std::string_view name) { return concat("\"", name, "\""); }

/// One table that both files have.
struct Table {
  std::string name;
  std::string insert;     ///< Of the new file.
  std::string forwards;   ///< All rows of the damaged one, from the beginning of its primary key,
  std::string backwards;  ///< and from its end.
  int columns = 0;
};

/// Nothing: the damaged file has no such table, or does not say.
std::optional<Table> table_of(Database& fresh, Database& damaged, const std::string& name) {
  std::vector<std::string> known;
  Query old_columns(damaged, "SELECT name FROM pragma_table_info(?)");
  old_columns.bind(name);
  auto old_row = old_columns.step();
  for (; old_row && *old_row; old_row = old_columns.step()) known.push_back(old_columns.text(0));
  if (!old_row) return std::nullopt;

  Table table{.name = name, .insert = {}, .forwards = {}, .backwards = {}, .columns = 0};
  std::string columns, marks, order, turned;
  Query new_columns(fresh, "SELECT name, pk FROM pragma_table_info(?) ORDER BY pk, cid");
  new_columns.bind(name);
  auto row = new_columns.step();
  for (; row && *row; row = new_columns.step()) {
    if (std::ranges::find(known, new_columns.text(0)) == known.end()) continue;
    const std::string column = identifier(new_columns.text(0));
    const auto comma = [](const std::string& list) { return list.empty() ? "" : ", "; };
    if (new_columns.integer(1) != 0) {
      turned += concat(comma(order), column, " DESC");
      order += comma(order) + column;
    }
    columns += comma(columns) + column;
    marks += concat(comma(marks), "?");
    ++table.columns;
  }
  if (!row || table.columns == 0 || order.empty()) return std::nullopt;
  table.insert = concat("INSERT OR IGNORE INTO ", identifier(name), " (", columns, ") VALUES (", marks, ")");
  table.forwards = concat("SELECT ", columns, " FROM ", identifier(name), " ORDER BY ", order);
  table.backwards = concat("SELECT ", columns, " FROM ", identifier(name), " ORDER BY ", turned);
  return table;
}

/// Brings rows over until the end (true) or the damage (false) is reached. Errors: io, full: of the new file.
Result<bool> copy(Database& fresh, Database& damaged, const Table& table, std::string_view select) {
  Query source(damaged, select);
  while (true) {
    const auto row = source.step();
    if (!row) return false;
    if (!*row) return true;
    Query insert(fresh, table.insert);
    for (int column = 0; column < table.columns; ++column) insert.bind_column(source, column);
    const auto inserted = insert.run();
    // conflict: the row no longer is what its table asks for, and is left out.
    if (!inserted && inserted.error().code != ErrorCode::conflict) return std::unexpected(inserted.error());
  }
}

/// From both ends to where it breaks; what stands between two damages is lost.
Result<Salvage::Table> bring_over(Database& fresh, Database& damaged, const Table& table) {
  sqlite::Transaction transaction(fresh);
  if (!transaction.begun()) return std::unexpected(transaction.begun().error());
  const auto whole = copy(fresh, damaged, table, table.forwards);
  if (!whole) return std::unexpected(whole.error());
  if (!*whole) {
    const auto rest = copy(fresh, damaged, table, table.backwards);
    if (!rest) return std::unexpected(rest.error());
  }
  const auto rows = fresh.integer(concat("SELECT count(*) FROM ", identifier(table.name)));
  if (!rows) return std::unexpected(rows.error());
  if (auto done = transaction.commit(); !done) return std::unexpected(done.error());
  return Salvage::Table{.name = table.name, .rows = *rows, .whole = *whole};
}

/// Numbers that must not be given again (AUTOINCREMENT): where they are lost, a great many are left out.
Result<void> bring_over_sequences(Database& fresh, Database& damaged) {
  constexpr std::int64_t left_out = 1'000'000;
  Query source(damaged, "SELECT name, seq FROM sqlite_sequence");
  auto row = source.step();
  for (; row && *row; row = source.step()) {
    Query drop(fresh, "DELETE FROM sqlite_sequence WHERE name = ? AND seq <= ?");
    if (const auto done = drop.bind(source.text(0), source.integer(1)).run(); !done)
      return std::unexpected(done.error());
    Query add(
        fresh,
        "INSERT INTO sqlite_sequence SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)");
    if (const auto done = add.bind(source.text(0), source.integer(1)).run(); !done)
      return std::unexpected(done.error());
  }
  if (row) return {};
  return fresh.execute(concat("UPDATE sqlite_sequence SET seq = seq + ", left_out));
}

Result<std::vector<std::string>> table_names(Database& database) {
  std::vector<std::string> names;
  Query q(database, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  auto row = q.step();
  for (; row && *row; row = q.step()) names.push_back(q.text(0));
  if (!row) return std::unexpected(row.error());
  return names;
}

Result<std::vector<Salvage::Table>> fill(const DatabaseFile& target, const std::string& damaged_path,
                                         const DatabaseKind& kind) {
  std::vector<Salvage::Table> out;
  std::vector<Table> tables;  // Before the databases: their caches of statements point to its texts.
  auto fresh = open_database(target, kind);
  if (!fresh) return std::unexpected(fresh.error());
  const auto names = table_names(*fresh);
  if (!names) return std::unexpected(names.error());
  auto damaged = Database::open_damaged(damaged_path);
  if (damaged) {
    for (const auto& name : *names) {
      if (auto table = table_of(*fresh, *damaged, name)) tables.push_back(std::move(*table));
    }
  }
  if (auto ready = fresh->execute("PRAGMA foreign_keys = OFF"); !ready) return std::unexpected(ready.error());
  for (const auto& table : tables) {
    auto done = bring_over(*fresh, *damaged, table);
    if (!done) return std::unexpected(done.error());
    out.push_back(std::move(*done));
  }
  if (damaged) {
    if (auto done = bring_over_sequences(*fresh, *damaged); !done) return std::unexpected(done.error());
  }
  if (auto done = fresh->execute(std::string{kind.after_salvage}); !done) return std::unexpected(done.error());
  if (auto done = fresh->checkpoint(Database::Checkpoint::truncate); !done) return std::unexpected(done.error());
  return out;
}

}  // namespace

bool Salvage::whole() const { return std::ranges::all_of(tables, &Table::whole); }

std::int64_t Salvage::rows() const {
  std::int64_t sum = 0;
  for (const auto& table : tables) sum += table.rows;
  return sum;
}

Result<Salvage> salvage(const DatabaseFile& file, const DatabaseKind& kind) {
  if (!file.vfs.empty()) return fail(ErrorCode::conflict, "a damaged file is salvaged on the system's disk only");
  const std::string fresh = fresh_of(file.path);
  remove_database(fresh);
  Salvage result{.set_aside = aside_of(file.path), .tables = {}};
  DatabaseFile target = file;
  target.path = fresh;
  auto tables = fill(target, file.path, kind);
  if (!tables) return std::unexpected(tables.error());
  result.tables = std::move(*tables);
  remove_database(result.set_aside);
  if (auto done = move(file.path, result.set_aside); !done) return std::unexpected(done.error());
  if (auto done = finish_salvage(file.path); !done) return std::unexpected(done.error());
  return result;
}

Result<void> suspect(const std::string& path) {
  const int fd = ::open(suspicion_of(path).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(refused(concat("writing ", suspicion_of(path))));
  ::close(fd);
  return sync_folder_of(path);
}

bool is_suspect(const std::string& path) { return exists(suspicion_of(path)); }

void clear_suspicion(const std::string& path) { (void)::unlink(suspicion_of(path).c_str()); }

Result<void> check(Database& database, const DatabaseKind& kind) {
  const auto found = database.text("PRAGMA integrity_check(1)");
  if (found && *found == "ok") return {};
  return std::unexpected(explain({ErrorCode::corrupt, found ? *found : found.error().message}, database, kind));
}

Result<void> finish_salvage(const std::string& path) {
  const std::string fresh = fresh_of(path);
  if (exists(path) || !exists(fresh)) return {};
  // The old file's WAL first: SQLite would take it for the new one's.
  if (auto done = move(wal_of(path), wal_of(aside_of(path))); !done) return done;
  if (auto done = move(fresh, path); !done) return done;
  (void)::unlink(wal_of(fresh).c_str());
  return sync_folder_of(path);
}

}  // namespace relay::commit
