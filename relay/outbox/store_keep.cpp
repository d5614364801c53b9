#include <algorithm>

#include "relay/base/planted_fault.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

namespace {

// One call's work: a few milliseconds on a slow box, since others wait for the same thread.
constexpr int max_pruned = 200;
constexpr int max_looked_at = 1000;

/// Nothing is given back to an older day: what was unknown is settled or final long before.
constexpr std::int64_t usage_days = 7;
constexpr Millis max_part_age{7 * 24 * 3'600'000LL};

}  // namespace

Result<bool> Store::keep_time(const Timeline::Anchor& anchor) {
  const auto done = Query(database_, "UPDATE store SET boot_id = ?, steady = ?, wall = ?, timeline = ? WHERE one = 1")
                        .bind(anchor.boot_id, to_ms(anchor.steady), to_ms(anchor.wall), to_ms(anchor.timeline))
                        .run();
  if (!done) return std::unexpected(done.error());
  // The start counts rows above counted_id: move it up with the anchor, so that it never has many to count.
  Query newer(database_,
              "SELECT count(*), max(id) FROM messages WHERE id > (SELECT counted_id FROM store WHERE one = 1)");
  const auto row = newer.step();
  if (!row) return std::unexpected(row.error());
  if (newer.integer(0) == 0) return true;
  const auto counted =
      Query(database_, "UPDATE store SET counted_rows = counted_rows + ?, counted_id = ? WHERE one = 1")
          .bind(newer.integer(0), newer.integer(1))
          .run();
  if (!counted) return std::unexpected(counted.error());
  counted_at_most_ = std::max(counted_at_most_, MessageId{newer.integer(1)});
  return true;
}

Result<std::int64_t> Store::used_bytes() {
  Query q(database_,
          "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), "
          "pragma_page_size()");
  const auto row = q.step();
  if (!row) return std::unexpected(row.error());
  return q.integer(0);
}

Result<int> Store::prune(TimelineTime older_than, std::int64_t max_bytes, Moment now, Effects& effects) {
  const auto gone = prune_messages(older_than, max_bytes, effects);
  if (!gone) return gone;
  if (auto done = sweep(older_than, now); !done) return std::unexpected(done.error());
  if (auto done = sweep_receipts(); !done) return std::unexpected(done.error());
  return gone;
}

/// Walks up from the oldest message. What is not final is stepped over, and the walk begins anew once it has come to
/// young messages.
Result<int> Store::prune_messages(TimelineTime older_than, std::int64_t max_bytes, Effects& effects) {
  if (planted(PlantedFault::history_never_pruned)) return 0;
  const auto used = used_bytes();
  if (!used) return std::unexpected(used.error());
  const bool too_big = max_bytes > 0 && *used > max_bytes;

  std::vector<MessageId> gone;
  MessageId last = prune_cursor_;
  int looked_at = 0;
  bool reached_young = false;
  {
    Query q(database_, "SELECT id, state FROM messages WHERE id > ? ORDER BY id LIMIT ?");
    q.bind(prune_cursor_.value, max_looked_at);
    auto row = q.step();
    for (; row && *row && std::cmp_less(gone.size(), max_pruned); row = q.step()) {
      ++looked_at;
      if (!too_big && MessageId{q.integer(0)}.time() >= older_than) {
        reached_young = true;
        break;
      }
      last = MessageId{q.integer(0)};
      if (is_final(q.as<State>(1))) gone.push_back(last);
    }
    if (!row) return std::unexpected(row.error());
  }
  const bool full_step = looked_at == max_looked_at || std::cmp_equal(gone.size(), max_pruned);
  prune_cursor_ = reached_young || !full_step ? MessageId{} : last;

  if (gone.empty()) return 0;
  const auto counted_id = database_.integer("SELECT counted_id FROM store WHERE one = 1");
  if (!counted_id) return std::unexpected(counted_id.error());
  for (const MessageId id : gone) {
    const auto done = Query(database_, "DELETE FROM messages WHERE id = ?").bind(id.value).run();
    if (!done) return std::unexpected(done.error());
  }
  const auto counted = std::ranges::count_if(gone, [&](MessageId id) { return id.value <= *counted_id; });
  // The greatest id must not be forgotten with its message: ids are never given twice.
  const auto kept = Query(database_,
                          "UPDATE store SET counted_rows = counted_rows - ?1 + (SELECT count(*) FROM messages WHERE id "
                          "> counted_id AND id <= ?2), "
                          "counted_id = max(counted_id, ?2) WHERE one = 1")
                        .bind(counted, gone.back().value)
                        .run();
  if (!kept) return std::unexpected(kept.error());
  counted_at_most_ = std::max(counted_at_most_, gone.back());
  effects.delta.stored_rows -= static_cast<std::int64_t>(gone.size());
  return static_cast<int>(gone.size());
}

/// Old keys, old inbound messages, and events nobody took in all that time.
Result<void> Store::sweep(TimelineTime older_than, Moment now) {
  const auto keys =
      Query(database_,
            "DELETE FROM idempotency WHERE id IN (SELECT id FROM idempotency ORDER BY id LIMIT ?) AND expires_at <= ?")
          .bind(max_pruned, to_ms(now.timeline))
          .run();
  if (!keys) return std::unexpected(keys.error());
  const auto inbound =
      Query(database_, "DELETE FROM inbound WHERE id IN (SELECT id FROM inbound ORDER BY id LIMIT ?) AND added < ?")
          .bind(max_pruned, to_ms(older_than))
          .run();
  if (!inbound) return std::unexpected(inbound.error());
  // No network repeats a part after a week, nor does the rest of a message come later.
  const auto parts = Query(database_,
                           "DELETE FROM inbound_parts WHERE id IN (SELECT id FROM inbound_parts ORDER BY id LIMIT ?) "
                           "AND added < ?")
                         .bind(max_pruned, to_ms(now.timeline - max_part_age))
                         .run();
  if (!parts) return std::unexpected(parts.error());
  const auto events =
      Query(database_, "DELETE FROM events WHERE id IN (SELECT id FROM events ORDER BY id LIMIT ?) AND added < ?")
          .bind(max_pruned, to_ms(older_than))
          .run();
  if (!events) return std::unexpected(events.error());
  const auto usage = Query(database_, "DELETE FROM usage WHERE day < ?").bind(day_of(now.timeline) - usage_days).run();
  if (!usage) return std::unexpected(usage.error());
  return {};
}

/// Awaited receipts whose message was pruned.
Result<void> Store::sweep_receipts() {
  struct Key {
    std::string provider, ref;
    std::int64_t message, number;
  };
  std::vector<Key> gone;
  int seen = 0;
  {
    Query q(database_,
            "SELECT r.provider, r.ref, r.message, r.number, m.id IS NULL FROM awaited_receipts r "
            "LEFT JOIN messages m ON m.id = r.message WHERE (r.provider, r.ref) >= (?, ?) "
            "ORDER BY r.provider, r.ref LIMIT ?");
    q.bind(sweep_provider_, sweep_ref_, max_looked_at);
    auto row = q.step();
    for (; row && *row; row = q.step()) {
      ++seen;
      sweep_provider_ = q.text(0);
      sweep_ref_ = q.text(1);
      if (q.integer(4) != 0) gone.push_back({q.text(0), q.text(1), q.integer(2), q.integer(3)});
    }
    if (!row) return std::unexpected(row.error());
  }
  if (seen < max_looked_at) sweep_provider_.clear(), sweep_ref_.clear();  // the end: next time from the start
  for (const Key& key : gone) {
    const auto done =
        Query(database_, "DELETE FROM awaited_receipts WHERE provider = ? AND ref = ? AND message = ? AND number = ?")
            .bind(key.provider, key.ref, key.message, key.number)
            .run();
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

}  // namespace relay::outbox
