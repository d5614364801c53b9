#include "tests/sim/store_view.hpp"

#include "relay/base/concat.hpp"
#include "relay/message/message_id.hpp"
#include "relay/sqlite/database.hpp"
#include "relay/sqlite/query.hpp"

namespace sim {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::sqlite::Database;
using relay::sqlite::Query;

constexpr const char* store_path = "/outbox.db";

Result<void> check(Database& database) {
  const auto integrity = database.text("PRAGMA integrity_check(3)");
  if (!integrity) return std::unexpected(integrity.error());
  if (*integrity != "ok") return fail(ErrorCode::corrupt, concat("integrity_check: ", *integrity));
  const auto orphans = database.integer("SELECT count(*) FROM pragma_foreign_key_check");
  if (!orphans) return std::unexpected(orphans.error());
  if (*orphans != 0) return fail(ErrorCode::corrupt, concat(*orphans, " rows lack what their foreign key names"));
  return {};
}

Result<void> read_messages(Database& database, StoreView& view) {
  Query query(database, "SELECT id, recipient, content, class, state, attempts FROM messages ORDER BY id");
  while (true) {
    const auto row = query.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    view.messages.push_back({.id = relay::MessageId{query.integer(0)}.text(),
                             .to = query.text(1),
                             .text = query.text(2),
                             .message_class = query.as<relay::MessageClass>(3),
                             .state = query.as<relay::State>(4),
                             .attempts = static_cast<int>(query.integer(5))});
  }
}

Result<void> read_opt_outs(Database& database, StoreView& view) {
  const auto known = database.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'opt_outs'");
  if (!known) return std::unexpected(known.error());
  if (*known == 0) return {};
  Query query(database, "SELECT number FROM opt_outs");
  while (true) {
    const auto row = query.step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    view.opt_outs.insert(query.text(0));
  }
}

}  // namespace

Result<StoreView> StoreReader::read(const Disk::Files& files, bool thoroughly) {
  StoreView view;
  if (!files.contains(store_path)) return view;
  disk_.load(files);
  auto database = Database::open(store_path, disk_.vfs_name());
  if (!database) return std::unexpected(database.error());
  auto exclusive = database->execute("PRAGMA locking_mode=EXCLUSIVE");
  if (!exclusive) return std::unexpected(exclusive.error());
  const auto tables = database->integer("SELECT count(*) FROM sqlite_schema WHERE name = 'messages'");
  if (!tables) return std::unexpected(tables.error());
  if (*tables == 0) return view;
  if (thoroughly) {
    auto checked = check(*database);
    if (!checked) return std::unexpected(checked.error());
  }
  auto messages = read_messages(*database, view);
  if (!messages) return std::unexpected(messages.error());
  const auto events = database->integer("SELECT count(*) FROM events");
  if (!events) return std::unexpected(events.error());
  view.events = *events;
  auto opt_outs = read_opt_outs(*database, view);
  if (!opt_outs) return std::unexpected(opt_outs.error());
  return view;
}

}  // namespace sim
