#include <algorithm>

#include "relay/base/concat.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

namespace {

struct Head {
  std::string url;
  std::int64_t id = 0;
  std::int64_t due = 0;
};

/// The oldest event of each URL, oldest first; what only a stream has is without one. A URL's events leave in order, so
/// its head decides when it is their turn.
Result<std::vector<Head>> heads(sqlite::Database& database) {
  std::vector<Head> out;
  std::string last;
  while (true) {  // hops from URL to URL by the index
    Query q(database,
            "SELECT url, id, due FROM events INDEXED BY events_by_url WHERE url > ? ORDER BY url, id LIMIT 1");
    const auto row = q.bind(last).step();
    if (!row) return std::unexpected(row.error());
    if (!*row) break;
    out.push_back({q.text(0), q.integer(1), q.integer(2)});
    last = out.back().url;
  }
  std::ranges::sort(out, {}, &Head::id);
  return out;
}

}  // namespace

Result<void> Store::tell_application(const Message& message, Moment now, Effects& effects) {
  const auto streamed = is_listening(message.app);
  if (!streamed) return std::unexpected(streamed.error());
  if (message.callback_url.empty() && !*streamed) return {};
  std::string provider;
  {
    Query q(database_, "SELECT provider FROM messages WHERE id = ?");
    const auto row = q.bind(message.id.value).step();
    if (!row) return std::unexpected(row.error());
    provider = q.text(0);
  }
  Event event;
  event.app = message.app;
  event.type = concat("message.", name_of(message.state));
  event.message = message.id;
  event.url = message.callback_url;
  event.data = event_data(message, provider, now.wall);
  event.at = now.wall;
  event.due = now.timeline;
  const auto added = insert_event(event, *streamed);
  if (!added) return std::unexpected(added.error());
  if (*streamed) effects.told.push_back(message.app);
  return {};
}

Result<std::int64_t> Store::add_event(const Event& event) {
  if (event.url.empty()) return fail(ErrorCode::invalid_argument, "an event without a URL has no receiver");
  return insert_event(event, false);
}

Result<std::int64_t> Store::insert_event(const Event& event, bool stream) {
  const auto done = Query(database_,
                          "INSERT INTO events (app, type, message, url, data, at, tries, due, added, stream) "
                          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)")
                        .bind(event.app, event.type, event.message ? std::optional(event.message->value) : std::nullopt,
                              event.url, event.data, to_ms(event.at), event.tries, to_ms(event.due), stream ? 1 : 0)
                        .run();
  if (!done) return std::unexpected(done.error());
  return database_.last_insert_id();
}

Result<std::vector<Event>> Store::pending_events(TimelineTime now, int limit) {
  auto ready = heads(database_);
  if (!ready) return std::unexpected(ready.error());
  std::erase_if(*ready, [now](const Head& head) { return head.due > to_ms(now); });
  std::vector<Event> out;
  if (ready->empty()) return out;
  // Each receiver gets its share, so that a slow one with many events does not crowd out the others.
  const auto share = std::max<std::int64_t>(1, limit / static_cast<std::int64_t>(ready->size()));
  for (const Head& head : *ready) {
    Query q(database_,
            "SELECT id, app, type, message, url, data, at, tries, due, added FROM events WHERE url = ? ORDER BY id "
            "LIMIT ?");
    q.bind(head.url, std::min(share, limit - static_cast<std::int64_t>(out.size())));
    auto row = q.step();
    // One that waits for its next try holds back those behind it: the order per receiver outlives a restart.
    for (; row && *row && q.integer(8) <= to_ms(now); row = q.step()) {
      Event e;
      e.id = q.integer(0);
      e.app = static_cast<AppId>(q.integer(1));
      e.type = q.text(2);
      if (!q.is_null(3)) e.message = MessageId{q.integer(3)};
      e.url = q.text(4);
      e.data = q.text(5);
      e.at = from_ms<WallTime>(q.integer(6));
      e.tries = static_cast<std::int32_t>(q.integer(7));
      e.due = from_ms<TimelineTime>(q.integer(8));
      e.added = from_ms<TimelineTime>(q.integer(9));
      out.push_back(std::move(e));
    }
    if (!row) return std::unexpected(row.error());
    if (std::cmp_greater_equal(out.size(), limit)) break;
  }
  return out;
}

Result<std::optional<TimelineTime>> Store::next_event_due() {
  const auto all = heads(database_);
  if (!all) return std::unexpected(all.error());
  std::optional<TimelineTime> earliest;
  for (const Head& head : *all) {
    const auto due = from_ms<TimelineTime>(head.due);
    earliest = earliest ? std::min(*earliest, due) : due;
  }
  return earliest;
}

Result<bool> Store::event_done(std::int64_t id) {
  const auto gone = Query(database_, "DELETE FROM events WHERE id = ? AND stream = 0").bind(id).run();
  if (!gone) return std::unexpected(gone.error());
  if (*gone == 1) return true;
  // The stream has it still, under the same id.
  const auto taken = Query(database_, "UPDATE events SET url = '' WHERE id = ? AND url <> ''").bind(id).run();
  if (!taken) return std::unexpected(taken.error());
  return *taken == 1;
}

Result<bool> Store::event_failed(std::int64_t id, TimelineTime retry_at) {
  const auto done =
      Query(database_, "UPDATE events SET tries = tries + 1, due = ? WHERE id = ?").bind(to_ms(retry_at), id).run();
  if (!done) return std::unexpected(done.error());
  return *done == 1;
}

}  // namespace relay::outbox
