#include <algorithm>

#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

/// Events that are kept for applications that read their stream (GET /v1/events).
namespace relay::outbox {

using sqlite::Query;

namespace {

constexpr int max_pruned = 200;  // one call's work

}  // namespace

Result<bool> Store::is_listening(AppId app) {
  Query q(database_, "SELECT 1 FROM listeners WHERE app = ?");
  return q.bind(app).step();
}

Result<bool> Store::listen(AppId app, Moment now) {
  // What happened before the first time was not kept.
  const auto done = Query(database_,
                          "INSERT INTO listeners (app, seen, dropped) VALUES (?1, ?2, coalesce((SELECT seq FROM "
                          "sqlite_sequence WHERE name = 'events'), 0)) ON CONFLICT (app) DO UPDATE SET seen = ?2")
                        .bind(app, to_ms(now.timeline))
                        .run();
  if (!done) return std::unexpected(done.error());
  return true;
}

Result<EventPage> Store::events_after(AppId app, std::int64_t after, int limit) {
  EventPage page;
  {
    Query q(database_,
            "SELECT coalesce((SELECT dropped FROM listeners WHERE app = ?), 0), "
            "coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)");
    const auto row = q.bind(app).step();
    if (!row) return std::unexpected(row.error());
    page.dropped = q.integer(0);
    page.newest = q.integer(1);
  }
  Query q(database_,
          "SELECT id, type, message, data, at FROM events INDEXED BY events_of_stream WHERE app = ? AND id > ? AND "
          "stream = 1 ORDER BY id LIMIT ?");
  q.bind(app, after, limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    Event e;
    e.id = q.integer(0);
    e.app = app;
    e.type = q.text(1);
    if (!q.is_null(2)) e.message = MessageId{q.integer(2)};
    e.data = q.text(3);
    e.at = from_ms<WallTime>(q.integer(4));
    page.events.push_back(std::move(e));
  }
  if (!row) return std::unexpected(row.error());
  return page;
}

Result<std::vector<Store::Listener>> Store::listeners() {
  std::vector<Listener> all;
  Query q(database_, "SELECT app, seen FROM listeners");
  auto row = q.step();
  for (; row && *row; row = q.step())
    all.push_back({static_cast<AppId>(q.integer(0)), from_ms<TimelineTime>(q.integer(1))});
  if (!row) return std::unexpected(row.error());
  return all;
}

Result<int> Store::prune_events(TimelineTime older_than) {
  const auto all = listeners();
  if (!all) return std::unexpected(all.error());
  int gone = 0;
  for (const Listener& listener : *all) {
    const auto pruned = prune_stream(listener.app, older_than);
    if (!pruned) return pruned;
    gone += *pruned;
    if (*pruned > 0 || listener.seen >= older_than) continue;
    const auto forgotten = Query(database_, "DELETE FROM listeners WHERE app = ?").bind(listener.app).run();
    if (!forgotten) return std::unexpected(forgotten.error());
  }
  return gone;
}

Result<int> Store::prune_stream(AppId app, TimelineTime older_than) {
  std::int64_t over_the_bound = 0;
  std::vector<std::int64_t> gone;
  {
    Query q(database_, "SELECT id FROM events WHERE app = ? AND stream = 1 ORDER BY id DESC LIMIT 1 OFFSET ?");
    const auto row = q.bind(app, Outbox::max_kept_events).step();
    if (!row) return std::unexpected(row.error());
    if (*row) over_the_bound = q.integer(0);
  }
  {
    Query q(database_, "SELECT id, added FROM events WHERE app = ? AND stream = 1 ORDER BY id LIMIT ?");
    q.bind(app, max_pruned);
    auto row = q.step();
    for (; row && *row; row = q.step()) {
      if (q.integer(0) > over_the_bound && q.integer(1) >= to_ms(older_than)) break;
      gone.push_back(q.integer(0));
    }
    if (!row) return std::unexpected(row.error());
  }
  if (gone.empty()) return 0;
  // One whose webhook is not delivered yet stays for that.
  for (const char* sql : {"DELETE FROM events WHERE app = ? AND id <= ? AND stream = 1 AND url = ''",
                          "UPDATE events SET stream = 0 WHERE app = ? AND id <= ? AND stream = 1",
                          "UPDATE listeners SET dropped = max(dropped, ?2) WHERE app = ?1"}) {
    const auto done = Query(database_, sql).bind(app, gone.back()).run();
    if (!done) return std::unexpected(done.error());
  }
  return static_cast<int>(gone.size());
}

}  // namespace relay::outbox
