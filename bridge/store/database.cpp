#include "bridge/store/database.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"
#include "relay/commit/job_group.hpp"
#include "relay/sqlite/query.hpp"

namespace bridge::store {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::from_ms;
using relay::to_ms;
using relay::sqlite::Query;

namespace {

constexpr int prune_rows = 1000;

StoredEvent event_from(const Query& q) {
  StoredEvent e;
  e.id = concat("evt_", q.integer(0));
  e.tenant = q.text(1);
  e.box = q.text(2);
  e.number = q.integer(3);
  e.type = q.text(4);
  e.data = q.text(5);
  e.at = from_ms<WallTime>(q.integer(6));
  e.acknowledged = q.integer(7) != 0;
  return e;
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(const relay::commit::DatabaseFile& file) {
  auto database = relay::commit::open_database(file, database_kind());
  if (!database) return std::unexpected(database.error());
  return std::unique_ptr<Database>(new Database(std::move(*database)));
}

Result<void> Database::commit(std::vector<relay::commit::Job>& jobs) {
  auto committed = relay::commit::run_in_transaction(database_, jobs);
  if (!committed) (void)probe();  // takes the place of what may still stand in the WAL
  return committed;
}

Result<void> Database::checkpoint(bool truncate) {
  using Kind = relay::sqlite::Database::Checkpoint;
  return database_.checkpoint(truncate ? Kind::truncate : Kind::passive);
}

// --- events ---

Result<bool> Database::is_known(const NewEvent& event) {
  Query q(database_, "SELECT 1 FROM events WHERE tenant = ? AND fingerprint = ?");
  return q.bind(event.tenant, event.fingerprint).step();
}

Result<bool> Database::raise(const NewEvent& event) {
  if (event.subject.empty()) return true;
  const auto raised = Query(database_,
                            "INSERT INTO subjects (tenant, subject, rank, at) VALUES (?, ?, ?, ?) ON CONFLICT (tenant, "
                            "subject) DO UPDATE SET rank = excluded.rank, at = excluded.at WHERE rank < excluded.rank")
                          .bind(event.tenant, event.subject, event.rank, to_ms(event.at))
                          .run();
  if (!raised) return std::unexpected(raised.error());
  return *raised == 1;
}

Result<std::int64_t> Database::next_number(const std::string& tenant, const std::string& box) {
  Query q(database_,
          "UPDATE boxes SET last_number = last_number + 1 WHERE tenant = ? AND name = ? RETURNING last_number");
  const auto row = q.bind(tenant, box).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::not_found, concat("there is no box ", box));
  return q.integer(0);
}

Result<void> Database::insert(const NewEvent& event) {
  std::optional<std::int64_t> number;
  if (!event.box.empty()) {
    auto next = next_number(event.tenant, event.box);
    if (!next) return std::unexpected(next.error());
    number = *next;
  }
  const auto box = event.box.empty() ? std::nullopt : std::optional(event.box);
  const auto done =
      Query(database_,
            "INSERT INTO events (tenant, box, number, fingerprint, ours, type, data, at) VALUES (?, ?, ?, ?, ?, ?, ?, "
            "?)")
          .bind(event.tenant, box, number, event.fingerprint, event.ours, event.type, event.data, to_ms(event.at))
          .run();
  return done ? Result<void>{} : std::unexpected(done.error());
}

Result<Kept> Database::keep(const std::vector<NewEvent>& events) {
  Kept kept;
  for (const NewEvent& event : events) {
    const auto known = is_known(event);
    if (!known) return std::unexpected(known.error());
    if (*known) {
      ++kept.repeated;
      continue;
    }
    const auto news = raise(event);
    if (!news) return std::unexpected(news.error());
    if (!*news) {
      ++kept.stale;
      continue;
    }
    if (auto done = insert(event); !done) return std::unexpected(done.error());
    ++kept.stored;
    const std::string box = concat(event.tenant, "/", event.box);
    if (!event.box.empty() && std::ranges::find(kept.boxes, box) == kept.boxes.end()) kept.boxes.push_back(box);
  }
  return kept;
}

Result<void> Database::adopt(const Route& route) {
  std::vector<std::int64_t> waiting;
  {
    Query q(database_, "SELECT id FROM events WHERE tenant = ? AND ours = ? AND box IS NULL ORDER BY id");
    q.bind(route.tenant, route.value);
    auto row = q.step();
    for (; row && *row; row = q.step()) waiting.push_back(q.integer(0));
    if (!row) return std::unexpected(row.error());
  }
  for (const auto id : waiting) {
    const auto number = next_number(route.tenant, route.box);
    if (!number) return std::unexpected(number.error());
    const auto done =
        Query(database_, "UPDATE events SET box = ?, number = ? WHERE id = ?").bind(route.box, *number, id).run();
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

Result<std::vector<StoredEvent>> Database::waiting(const std::string& tenant, const std::string& box,
                                                   std::int64_t after, int limit) {
  std::vector<StoredEvent> out;
  Query q(database_,
          "SELECT e.id, e.tenant, e.box, e.number, e.type, e.data, e.at, 0 FROM events e JOIN boxes b ON b.tenant = "
          "e.tenant AND b.name = e.box WHERE e.tenant = ?1 AND e.box = ?2 AND e.number > max(?3, b.acknowledged) ORDER "
          "BY e.number LIMIT ?4");
  q.bind(tenant, box, after, limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) out.push_back(event_from(q));
  if (!row) return std::unexpected(row.error());
  return out;
}

/// A box cannot acknowledge what it was never given.
Result<bool> Database::acknowledge(const std::string& tenant, const std::string& box, std::int64_t number) {
  const auto done = Query(database_,
                          "UPDATE boxes SET acknowledged = max(acknowledged, min(?3, last_number)) WHERE tenant = ?1 "
                          "AND name = ?2")
                        .bind(tenant, box, number)
                        .run();
  if (!done) return std::unexpected(done.error());
  return *done == 1;
}

Result<EventPage> Database::list_events(const EventFilter& filter) {
  EventPage page;
  const std::int64_t before = filter.before > 0 ? filter.before : std::int64_t{1} << 62;
  Query q(database_,
          "SELECT e.id, e.tenant, e.box, e.number, e.type, e.data, e.at, coalesce(e.number <= b.acknowledged, 0) FROM "
          "events e LEFT JOIN boxes b ON b.tenant = e.tenant AND b.name = e.box WHERE e.tenant = ?1 AND e.id < ?2 AND "
          "(?3 IS NULL OR coalesce(e.box, '') = ?3) ORDER BY e.id DESC LIMIT ?4");
  q.bind(filter.tenant, before, filter.box, filter.limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    page.events.push_back(event_from(q));
    if (std::cmp_equal(page.events.size(), filter.limit)) page.next = q.integer(0);
  }
  if (!row) return std::unexpected(row.error());
  return page;
}

// --- the rest ---

Result<std::vector<AuditEntry>> Database::list_audit(const std::string& tenant, std::int64_t before, int limit) {
  std::vector<AuditEntry> out;
  Query q(database_,
          "SELECT id, at, actor, tenant, action, object FROM audit WHERE (?1 = '' OR tenant = ?1) AND id < ?2 ORDER BY "
          "id DESC LIMIT ?3");
  q.bind(tenant, before > 0 ? before : std::int64_t{1} << 62, limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    out.push_back({.id = q.integer(0),
                   .at = from_ms<WallTime>(q.integer(1)),
                   .actor = q.text(2),
                   .tenant = q.text(3),
                   .action = q.text(4),
                   .object = q.text(5)});
  }
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<std::optional<std::string>> Database::recall(const std::string& name) {
  Query q(database_, "SELECT value FROM facts WHERE name = ?");
  const auto row = q.bind(name).step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::optional(q.text(0)) : std::nullopt;
}

Result<bool> Database::remember(const std::string& name, const std::string& value) {
  const auto done = Query(database_,
                          "INSERT INTO facts (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = "
                          "excluded.value")
                        .bind(name, value)
                        .run();
  if (!done) return std::unexpected(done.error());
  return true;
}

Result<bool> Database::probe() { return remember("probe", ""); }

Result<int> Database::prune(WallTime older_than, WallTime oldest) {
  const auto done =
      Query(database_,
            "DELETE FROM events WHERE id IN (SELECT e.id FROM events e JOIN boxes b ON b.tenant = e.tenant AND b.name "
            "= e.box WHERE e.at < ? AND e.number <= b.acknowledged ORDER BY e.id LIMIT ?)")
          .bind(to_ms(older_than), prune_rows)
          .run();
  if (!done) return std::unexpected(done.error());
  const auto lost =
      Query(database_, "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ? ORDER BY id LIMIT ?)")
          .bind(to_ms(oldest), prune_rows)
          .run();
  if (!lost) return std::unexpected(lost.error());
  for (const auto& table : {Query(database_, "DELETE FROM subjects WHERE at < ?").bind(to_ms(oldest)).run(),
                            Query(database_, "DELETE FROM audit WHERE at < ?").bind(to_ms(oldest)).run()}) {
    if (!table) return std::unexpected(table.error());
  }
  return static_cast<int>(*lost);
}

}  // namespace bridge::store
