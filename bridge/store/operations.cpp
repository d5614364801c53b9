#include "bridge/store/operations.hpp"

#include <algorithm>

#include "relay/base/concat.hpp"

namespace bridge::store {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::from_ms;
using relay::to_ms;

namespace {

constexpr int prune_rows = 1000;
constexpr std::int64_t after_all = std::int64_t{1} << 62;

StoredEvent event_from(const Row& row) {
  return {.number = row.integer(3),
          .id = concat("evt_", row.integer(0)),
          .tenant = row.text(1),
          .box = row.text(2),
          .type = row.text(4),
          .data = row.text(5),
          .at = from_ms<WallTime>(row.integer(6)),
          .acknowledged = row.integer(7) != 0};
}

}  // namespace

// --- events ---

Result<bool> Operations::is_known(const NewEvent& event) {
  const auto found =
      sql_.run("SELECT 1 FROM events WHERE tenant = $1 AND fingerprint = $2", event.tenant, event.fingerprint);
  if (!found) return std::unexpected(found.error());
  return !found->rows.empty();
}

Result<bool> Operations::raise(const NewEvent& event) {
  if (event.subject.empty()) return true;
  const auto raised = sql_.run(
      "INSERT INTO subjects (tenant, subject, rank, at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, subject) DO "
      "UPDATE SET rank = excluded.rank, at = excluded.at WHERE subjects.rank < excluded.rank",
      event.tenant, event.subject, event.rank, to_ms(event.at));
  if (!raised) return std::unexpected(raised.error());
  return raised->changed == 1;
}

/// Never a sequence: with one, a later number could be seen before an earlier one, whose transaction still runs, and
/// a box that has the later one would never ask for the earlier one.
Result<std::int64_t> Operations::next_number(const std::string& tenant, const std::string& box) {
  const auto next =
      sql_.run("UPDATE boxes SET last_number = last_number + 1 WHERE tenant = $1 AND name = $2 RETURNING last_number",
               tenant, box);
  if (!next) return std::unexpected(next.error());
  if (next->rows.empty()) return fail(ErrorCode::not_found, concat("there is no box ", box));
  return next->rows.front().integer(0);
}

Result<void> Operations::insert(const NewEvent& event) {
  std::optional<std::int64_t> number;
  if (!event.box.empty()) {
    const auto next = next_number(event.tenant, event.box);
    if (!next) return std::unexpected(next.error());
    number = *next;
  }
  const auto box = event.box.empty() ? std::nullopt : std::optional(event.box);
  const auto done = sql_.run(
      "INSERT INTO events (tenant, box, number, fingerprint, ours, type, data, at) VALUES ($1, $2, $3, $4, $5, "
      "$6, $7, $8)",
      event.tenant, box, number, event.fingerprint, event.ours, event.type, event.data, to_ms(event.at));
  return done ? Result<void>{} : std::unexpected(done.error());
}

Result<Kept> Operations::keep(const std::vector<NewEvent>& events) {
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
  for (const auto& box : kept.boxes) {
    if (auto told = sql_.announce(box); !told) return std::unexpected(told.error());
  }
  return kept;
}

Result<void> Operations::adopt(const Route& route) {
  const auto waiting = sql_.run("SELECT id FROM events WHERE tenant = $1 AND ours = $2 AND box IS NULL ORDER BY id",
                                route.tenant, route.value);
  if (!waiting) return std::unexpected(waiting.error());
  for (const Row& row : waiting->rows) {
    const auto number = next_number(route.tenant, route.box);
    if (!number) return std::unexpected(number.error());
    const auto done =
        sql_.run("UPDATE events SET box = $1, number = $2 WHERE id = $3", route.box, *number, row.integer(0));
    if (!done) return std::unexpected(done.error());
  }
  return waiting->rows.empty() ? Result<void>{} : sql_.announce(concat(route.tenant, "/", route.box));
}

Result<std::vector<StoredEvent>> Operations::waiting(const std::string& tenant, const std::string& box,
                                                     std::int64_t after, int limit) {
  const auto found = sql_.run(
      "SELECT e.id, e.tenant, e.box, e.number, e.type, e.data, e.at, 0 FROM events e JOIN boxes b ON b.tenant = "
      "e.tenant AND b.name = e.box WHERE e.tenant = $1 AND e.box = $2 AND e.number > $3 AND e.number > "
      "b.acknowledged ORDER BY e.number LIMIT $4",
      tenant, box, after, limit);
  if (!found) return std::unexpected(found.error());
  std::vector<StoredEvent> out;
  for (const Row& row : found->rows) out.push_back(event_from(row));
  return out;
}

/// A box cannot acknowledge what it was never given.
Result<bool> Operations::acknowledge(const std::string& tenant, const std::string& box, std::int64_t number) {
  const auto done = sql_.run(
      "UPDATE boxes SET acknowledged = CASE WHEN $1 <= acknowledged THEN acknowledged WHEN $1 > last_number THEN "
      "last_number ELSE $1 END WHERE tenant = $2 AND name = $3",
      number, tenant, box);
  if (!done) return std::unexpected(done.error());
  return done->changed == 1;
}

Result<EventPage> Operations::list_events(const EventFilter& filter) {
  const auto found = sql_.run(
      "SELECT e.id, e.tenant, e.box, e.number, e.type, e.data, e.at, CASE WHEN e.number <= b.acknowledged THEN 1 "
      "ELSE 0 END FROM events e LEFT JOIN boxes b ON b.tenant = e.tenant AND b.name = e.box WHERE e.tenant = $1 "
      "AND e.id < $2 AND (CAST($3 AS TEXT) IS NULL OR coalesce(e.box, '') = CAST($3 AS TEXT)) ORDER BY e.id DESC "
      "LIMIT $4",
      filter.tenant, filter.before > 0 ? filter.before : after_all, filter.box, filter.limit);
  if (!found) return std::unexpected(found.error());
  EventPage page;
  for (const Row& row : found->rows) page.events.push_back(event_from(row));
  if (std::cmp_equal(page.events.size(), filter.limit)) page.next = found->rows.back().integer(0);
  return page;
}

// --- who is silent ---

namespace {

/// [["tenant","box",ms],...]: names need no escaping.
std::string to_json(const std::vector<Heard>& heard) {
  std::string out = "[";
  for (const Heard& one : heard) {
    out += concat(out.size() > 1 ? "," : "", "[\"", one.tenant, "\",\"", one.box, "\",", to_ms(one.at), "]");
  }
  return out + "]";
}

/// One statement for all boxes: thousands are heard between two looks.
constexpr std::string_view note_heard_sqlite =
    "UPDATE boxes SET heard_at = h.at FROM (SELECT json_extract(value, '$[0]') AS tenant, json_extract(value, '$[1]') "
    "AS name, json_extract(value, '$[2]') AS at FROM json_each($1)) AS h WHERE boxes.tenant = h.tenant AND boxes.name "
    "= h.name AND coalesce(boxes.heard_at, 0) < h.at";
constexpr std::string_view note_heard_postgresql =
    "UPDATE boxes SET heard_at = h.at FROM (SELECT value ->> 0 AS tenant, value ->> 1 AS name, CAST(value ->> 2 AS "
    "BIGINT) AS at FROM jsonb_array_elements(CAST($1 AS JSONB))) AS h WHERE boxes.tenant = h.tenant AND boxes.name = "
    "h.name AND coalesce(boxes.heard_at, 0) < h.at";

}  // namespace

Result<std::vector<SilenceChange>> Operations::watch(const std::vector<Heard>& heard, const Watch& watch) {
  std::vector<SilenceChange> out;
  if (!heard.empty()) {
    const auto noted =
        sql_.run(sql_.dialect() == Sql::Dialect::sqlite ? note_heard_sqlite : note_heard_postgresql, to_json(heard));
    if (!noted) return std::unexpected(noted.error());
  }
  const auto back = sql_.run("UPDATE boxes SET silent = 0 WHERE silent = 1 AND heard_at >= $1 RETURNING tenant, name",
                             to_ms(watch.silent_before));
  if (!back) return std::unexpected(back.error());
  for (const Row& row : back->rows) out.push_back({row.text(0), row.text(1), false});
  if (watch.judge) {
    // One that was revoked is expected to be silent, and so is one that never was here.
    const auto gone = sql_.run(
        "UPDATE boxes SET silent = 1 WHERE silent = 0 AND revoked = 0 AND certificate IS NOT NULL AND heard_at < $1 "
        "RETURNING tenant, name",
        to_ms(watch.silent_before));
    if (!gone) return std::unexpected(gone.error());
    for (const Row& row : gone->rows) out.push_back({row.text(0), row.text(1), true});
  }
  for (const SilenceChange& one : out) {
    const std::string type = one.silent ? "box.silent" : "box.back";
    NewEvent event{.tenant = one.tenant,
                   .fingerprint = concat(type, "/", one.box, "/", to_ms(watch.now)),
                   .type = type,
                   .data = concat(R"({"box":")", one.box, "\"}"),
                   .at = watch.now};
    if (auto done = insert(event); !done) return std::unexpected(done.error());
  }
  return out;
}

Result<std::vector<Presence>> Operations::presence(const std::string& tenant) {
  const auto found = sql_.run("SELECT name, heard_at, silent FROM boxes WHERE tenant = $1 ORDER BY name", tenant);
  if (!found) return std::unexpected(found.error());
  std::vector<Presence> out;
  for (const Row& row : found->rows) {
    out.push_back({.box = row.text(0),
                   .heard_at = row.is_null(1) ? std::nullopt : std::optional(from_ms<WallTime>(row.integer(1))),
                   .silent = row.integer(2) != 0});
  }
  return out;
}

// --- the rest ---

Result<std::vector<AuditEntry>> Operations::list_audit(const std::string& tenant, std::int64_t before, int limit) {
  const auto found = sql_.run(
      "SELECT id, at, actor, tenant, action, object FROM audit WHERE ($1 = '' OR tenant = $1) AND id < $2 ORDER "
      "BY id DESC LIMIT $3",
      tenant, before > 0 ? before : after_all, limit);
  if (!found) return std::unexpected(found.error());
  std::vector<AuditEntry> out;
  for (const Row& row : found->rows) {
    out.push_back({.id = row.integer(0),
                   .at = from_ms<WallTime>(row.integer(1)),
                   .actor = row.text(2),
                   .tenant = row.text(3),
                   .action = row.text(4),
                   .object = row.text(5)});
  }
  return out;
}

Result<std::optional<std::string>> Operations::recall(const std::string& name) {
  const auto found = sql_.run("SELECT value FROM facts WHERE name = $1", name);
  if (!found) return std::unexpected(found.error());
  return found->rows.empty() ? std::nullopt : std::optional(found->rows.front().text(0));
}

Result<bool> Operations::remember(const std::string& name, const std::string& value) {
  const auto done = sql_.run(
      "INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name,
      value);
  if (!done) return std::unexpected(done.error());
  return true;
}

Result<std::string> Operations::agree(const std::string& name, const std::string& value) {
  const auto done =
      sql_.run("INSERT INTO facts (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, value);
  if (!done) return std::unexpected(done.error());
  auto stands = recall(name);
  if (!stands) return std::unexpected(stands.error());
  return std::move(**stands);
}

Result<bool> Operations::probe() { return remember("probe", ""); }

Result<int> Operations::prune(WallTime older_than, WallTime oldest) {
  const auto done = sql_.run(
      "DELETE FROM events WHERE id IN (SELECT e.id FROM events e JOIN boxes b ON b.tenant = e.tenant AND b.name = "
      "e.box WHERE e.at < $1 AND e.number <= b.acknowledged ORDER BY e.id LIMIT $2)",
      to_ms(older_than), prune_rows);
  if (!done) return std::unexpected(done.error());
  const auto lost =
      sql_.run("DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < $1 ORDER BY id LIMIT $2)",
               to_ms(oldest), prune_rows);
  if (!lost) return std::unexpected(lost.error());
  for (const auto& table : {sql_.run("DELETE FROM subjects WHERE at < $1", to_ms(oldest)),
                            sql_.run("DELETE FROM audit WHERE at < $1", to_ms(oldest))}) {
    if (!table) return std::unexpected(table.error());
  }
  return static_cast<int>(lost->changed);
}

}  // namespace bridge::store
