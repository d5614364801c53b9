#include "tests/unit/relay/outbox/disk_world.hpp"

#include <sstream>

#include "relay/base/concat.hpp"
#include "relay/sqlite/database.hpp"

namespace outbox_test {

using namespace relay;
using relay::sqlite::Database;

namespace {

constexpr const char* file_name = "outbox.db";

/// All rows of a table, one a line.
Result<std::string> rows_of(Database& database, const std::string& table) {
  const auto columns = database.text(concat("SELECT group_concat('quote(' || name || ')', ' || '','' || ') FROM ",
                                            "pragma_table_info('", table, "') WHERE name <> 'probes'"));
  if (!columns) return columns;
  return database.text(concat("SELECT '", table,
                              "' || char(10) || coalesce(group_concat(line, char(10)), '') || char(10) ",
                              "FROM (SELECT ", *columns, " AS line FROM ", table, " ORDER BY line)"));
}

Result<std::string> read_all(Database& database) {
  if (auto set = database.execute("PRAGMA locking_mode = EXCLUSIVE"); !set) return std::unexpected(set.error());
  const auto integrity = database.text("PRAGMA integrity_check");
  if (!integrity) return integrity;
  if (*integrity != "ok") return fail(ErrorCode::corrupt, *integrity);
  const auto orphans = database.text("SELECT group_concat(\"table\") FROM pragma_foreign_key_check()");
  if (!orphans) return orphans;
  if (!orphans->empty()) return fail(ErrorCode::corrupt, concat("foreign keys do not hold in ", *orphans));
  const auto names = database.text("SELECT group_concat(name, ' ') FROM sqlite_schema WHERE type = 'table'");
  if (!names) return names;
  std::string out;
  std::istringstream tables(*names);
  for (std::string table; tables >> table;) {
    const auto rows = rows_of(database, table);
    if (!rows) return rows;
    out += *rows;
  }
  return out;
}

}  // namespace

Examined examine(const sim::Disk::Files& files) {
  sim::Disk copy(1);
  copy.load(files);
  auto database = Database::open(file_name, copy.vfs_name());
  if (!database) return {.trouble = database.error().message};
  const auto rows = read_all(*database);
  if (!rows) return {.trouble = rows.error().message};
  return {.rows = *rows};
}

DiskWorld::DiskWorld(std::uint64_t seed) : disk(seed) {
  settings.path = file_name;
  settings.vfs = disk.vfs_name();
  settings.free_disk_bytes = [] { return std::int64_t{1} << 30; };
}

DiskWorld::~DiskWorld() { kill(); }

std::optional<Error> DiskWorld::reboot() {
  kill();
  disk.set_faults({});
  disk.revive();
  auto opened = try_open(settings.path);
  if (!opened) return opened.error();
  outbox = std::move(*opened);
  return std::nullopt;
}

std::string DiskWorld::kept_counters() const { return text_of(outbox->counters()); }

std::string text_of(const relay::outbox::Counters& counters) {
  std::ostringstream out;
  for (const auto& state : counters.live) {
    for (const auto count : state) out << count << ' ';
  }
  for (const auto& [app, count] : counters.queued_by_app) {
    if (count != 0) out << "app " << app << ": " << count << ' ';
  }
  for (const auto& [app, usage] : counters.usage) {
    if (usage.parts != 0 || usage.daily_limit != 0) {
      out << "usage of " << app << ": " << usage.parts << " of " << usage.daily_limit << " on " << usage.day << ' ';
    }
  }
  out << "rows " << counters.stored_rows;
  return out.str();
}

}  // namespace outbox_test
