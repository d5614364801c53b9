#include "relay/outbox/store.hpp"

#include <utility>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/commit/job_group.hpp"
#include "relay/message/transitions.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/schema.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

Store::Store(sqlite::Database database, StoreSettings settings)
    : database_(std::move(database)), settings_(std::move(settings)) {}

Result<std::unique_ptr<Store>> Store::open(const StoreSettings& settings, const Timeline::Anchor& now) {
  if (!settings.vfs.empty()) return open_whole(settings, now);
  if (const auto done = commit::finish_salvage(settings.path); !done) return std::unexpected(done.error());
  auto store = open_whole(settings, now);
  if (store && commit::is_suspect(settings.path)) {
    // A damage that a run has met may lie where a start does not look.
    const auto sound = commit::check((*store)->database_, database_kind());
    if (sound) commit::clear_suspicion(settings.path);
    if (!sound) store = std::unexpected(sound.error());
  }
  if (store || store.error().code != ErrorCode::corrupt) return store;
  auto salvaged = commit::salvage(settings, database_kind());
  if (!salvaged) {
    return fail(salvaged.error().code,
                concat(store.error().message,
                       "; what is left of it could not be brought into a new one: ", salvaged.error().message));
  }
  commit::clear_suspicion(settings.path);
  store = open_whole(settings, now);
  if (store) (*store)->salvage_ = std::move(*salvaged);
  return store;
}

Result<std::unique_ptr<Store>> Store::open_whole(const StoreSettings& settings, const Timeline::Anchor& now) {
  auto database = commit::open_database(settings, database_kind());
  if (!database) return std::unexpected(database.error());
  auto store = std::unique_ptr<Store>(new Store(std::move(*database), settings));
  if (const auto ready = store->prepare(now); !ready) {
    return std::unexpected(commit::explain(ready.error(), store->database_, database_kind()));
  }
  return store;
}

Result<void> Store::prepare(const Timeline::Anchor& now) {
  if (auto done = load_anchor(now); !done) return done;
  return count();
}

/// Reads the last run's anchor and writes this one's: an outbox that is open has proved that it can write.
Result<void> Store::load_anchor(const Timeline::Anchor& now) {
  {
    Query q(database_, "SELECT boot_id, steady, wall, timeline, counted_id, counted_rows FROM store WHERE one = 1");
    const auto row = q.step();
    if (!row) return std::unexpected(row.error());
    if (*row) {
      last_anchor_ = {q.text(0), from_ms<SteadyTime>(q.integer(1)), from_ms<WallTime>(q.integer(2)),
                      from_ms<TimelineTime>(q.integer(3))};
      greatest_id_ = counted_at_most_ = MessageId{q.integer(4)};
      counted_.stored_rows = q.integer(5);
    }
  }
  if (last_anchor_) {
    const auto done = Query(database_, "UPDATE store SET probes = probes + 1 WHERE one = 1").run();
    return done ? Result<void>{} : std::unexpected(done.error());
  }
  const auto done = Query(database_, "INSERT INTO store (one, boot_id, steady, wall, timeline) VALUES (1, ?, ?, ?, ?)")
                        .bind(now.boot_id, to_ms(now.steady), to_ms(now.wall), to_ms(now.timeline))
                        .run();
  return done ? Result<void>{} : std::unexpected(done.error());
}

/// From the live index alone, so that the start does not read the messages. The history is counted already, up to
/// counted_id (which load_anchor has put into greatest_id_).
Result<void> Store::count() {
  Query live(database_,
             "SELECT state, line, class, count(*) FROM messages INDEXED BY messages_live WHERE state <= 2 GROUP BY "
             "state, line, class");
  auto row = live.step();
  for (; row && *row; row = live.step()) {
    const auto state = live.as<State>(0);
    counted_.live.at(static_cast<std::size_t>(state)).at(static_cast<std::size_t>(live.integer(2))) += live.integer(3);
    if (state == State::queued) counted_.queued_by_app[app_of(live.integer(1))] += live.integer(3);
  }
  if (!row) return std::unexpected(row.error());

  Query newer(database_, "SELECT count(*), coalesce(max(id), 0) FROM messages WHERE id > ?");
  row = newer.bind(greatest_id_.value).step();
  if (!row) return std::unexpected(row.error());
  counted_.stored_rows += newer.integer(0);
  greatest_id_ = std::max(greatest_id_, MessageId{newer.integer(1)});
  return count_usage();
}

Result<void> Store::commit(std::vector<commit::Job>& jobs) {
  auto committed = commit::run_in_transaction(database_, jobs);
  // Another commit takes the place of what may still stand in the WAL. If that fails too nobody can tell what is on
  // this disk.
  if (!committed) (void)probe();
  return committed;
}

Result<void> Store::checkpoint(bool truncate) {
  using Kind = sqlite::Database::Checkpoint;
  return database_.checkpoint(truncate ? Kind::truncate : Kind::passive);
}

Result<void> Store::change_state(Message& message, State to, const std::string& reason, TimelineTime due, Moment now,
                                 Effects& effects) {
  if (!is_lawful(message.state, to)) {
    return fail(ErrorCode::conflict, concat("message ", message.id.text(), " is ", name_of(message.state),
                                            " and cannot become ", name_of(to)));
  }
  const auto changed = Query(database_, "UPDATE messages SET state = ?, reason = ?, due = ? WHERE id = ? AND state = ?")
                           .bind(to, or_null(reason), to_ms(due), message.id.value, message.state)
                           .run();
  if (!changed) return std::unexpected(changed.error());
  if (*changed != 1) return fail(ErrorCode::internal, concat("message ", message.id.text(), " changed under us"));

  const auto message_class = static_cast<std::size_t>(message.message_class);
  const bool drifts = to == State::expired && planted(PlantedFault::counters_drift);
  if (!is_final(message.state) && !drifts)
    --effects.delta.live.at(static_cast<std::size_t>(message.state)).at(message_class);
  if (!is_final(to)) ++effects.delta.live.at(static_cast<std::size_t>(to)).at(message_class);
  if (message.state == State::queued && !drifts) --effects.delta.queued_by_app[message.app];
  if (to == State::queued) {
    ++effects.delta.queued_by_app[message.app];
    earliest_expiry_ = std::min(earliest_expiry_, message.expires_at);
  }
  if (to == State::sent) earliest_window_end_ = std::min(earliest_window_end_, due);
  message.state = to;
  message.reason = reason;
  message.due = due;
  if (to == State::sent || is_final(to)) return tell_application(message, now, effects);
  return {};
}

}  // namespace relay::outbox
