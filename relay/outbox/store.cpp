#include "relay/outbox/store.hpp"

#include <utility>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/message/transitions.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/schema.hpp"
#include "relay/sqlite/query.hpp"
#include "relay/sqlite/transaction.hpp"

namespace relay::outbox {

using sqlite::Query;

namespace {

/// What a person can do about a file that does not open.
Error explain(Error error, sqlite::Database& database) {
  const std::string& path = database.path();
  switch (error.code) {
    case ErrorCode::unavailable:
      error.message = concat(path, " is in use by another process (one daemon owns its outbox): stop that one first");
      break;
    case ErrorCode::corrupt: {
      const auto check = database.text("PRAGMA integrity_check(1)");
      error.message = concat(path, " is damaged (", check ? *check : error.message,
                             "): move it away to start with an empty outbox, or restore a copy");
      break;
    }
    case ErrorCode::io:
      error.message = concat("the outbox ", path, " cannot be used: ", error.message);
      break;
    default:
      break;
  }
  return error;
}

/// FULL: what COMMIT has returned for is on the disk.
std::string_view synchronous() {
  if (planted(PlantedFault::commit_not_synced)) return "NORMAL";
  if (planted(PlantedFault::database_never_synced)) return "OFF";
  return "FULL";
}

std::string_view foreign_keys() { return planted(PlantedFault::foreign_keys_off) ? "OFF" : "ON"; }

}  // namespace

Store::Store(sqlite::Database database, StoreSettings settings)
    : database_(std::move(database)), settings_(std::move(settings)) {}

Result<std::unique_ptr<Store>> Store::open(const StoreSettings& settings, const Timeline::Anchor& now) {
  auto database = sqlite::Database::open(settings.path, settings.vfs);
  if (!database) {
    return fail(database.error().code,
                concat("the outbox ", settings.path, " cannot be opened (", database.error().message,
                       "): check that its folder exists and is writable for this user"));
  }
  auto store = std::unique_ptr<Store>(new Store(std::move(*database), settings));
  if (const auto ready = store->prepare(now); !ready) return std::unexpected(explain(ready.error(), store->database_));
  return store;
}

Result<void> Store::prepare(const Timeline::Anchor& now) {
  if (auto done = configure(); !done) return done;
  if (auto done = settle_wal(); !done) return done;
  if (auto done = migrate(database_); !done) return done;
  if (auto done = load_anchor(now); !done) return done;
  return count();
}

/// What the WAL shows after an unclean end may stand in the page cache alone: a kernel whose sync has failed forgets
/// that it has not written a page. New commits behind such a page would be lost with it at a power cut. So everything
/// is written anew, into the database file, before anything is built on it. A full disk is no reason not to start.
Result<void> Store::settle_wal() {
  auto settled = database_.checkpoint(sqlite::Database::Checkpoint::truncate);
  if (!settled && settled.error().code == ErrorCode::full) return {};
  return settled;
}

/// EXCLUSIVE before the first access to the WAL: its index then lives in our memory, no shared memory is needed, and
/// nobody else can open the file. secure_delete=FAST overwrites deleted texts where that costs no extra page.
Result<void> Store::configure() {
  if (auto done =
          database_.execute(concat("PRAGMA page_size = ", settings_.page_size, "; PRAGMA locking_mode = EXCLUSIVE;"));
      !done) {
    return done;
  }
  const auto mode = database_.text("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(mode.error());
  if (*mode != "wal") return fail(ErrorCode::io, concat("SQLite refuses write-ahead logging on ", database_.path()));
  if (auto done = database_.execute(
          concat("PRAGMA synchronous = ", synchronous(), "; PRAGMA foreign_keys = ", foreign_keys(),
                 "; PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; "
                 "PRAGMA mmap_size = 0; PRAGMA cache_size = -",
                 settings_.cache_kib, "; PRAGMA journal_size_limit = ", 4 << 20, ";"));
      !done) {
    return done;
  }
  if (settings_.max_file_bytes <= 0) return {};
  const auto page_size = database_.integer("PRAGMA page_size");
  if (!page_size) return std::unexpected(page_size.error());
  return database_.execute(concat("PRAGMA max_page_count = ", settings_.max_file_bytes / *page_size));
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

Result<void> Store::commit(std::vector<Job>& jobs) {
  auto committed = run_in_transaction(jobs);
  // The transaction may be whole in the WAL although SQLite has undone it (its sync failed, or the write after that),
  // and the next start would find it there: of a message that its sender was told is not stored. Another commit takes
  // its place. If that fails too nobody can tell what is on this disk.
  if (!committed) (void)probe();
  return committed;
}

Result<void> Store::run_in_transaction(std::vector<Job>& jobs) {
  sqlite::Transaction transaction(database_);
  if (!transaction.begun()) return transaction.begun();
  bool wrote = false;
  for (Job& job : jobs) {
    sqlite::Savepoint savepoint(database_);
    if (!savepoint.begun()) return savepoint.begun();
    job.succeeded = job.run(this, job.effects);
    // After some errors (a full disk among them) SQLite undoes more than the statement: the whole transaction is gone.
    // The next savepoint would be a transaction of its own, and commit what its caller is told has failed.
    if (database_.autocommit()) {
      return fail(ErrorCode::io, "SQLite undid this commit's operations because the disk failed one of them");
    }
    if (!job.succeeded) continue;
    if (auto kept = savepoint.keep(); !kept) return kept;
    wrote = true;
  }
  // With nothing to keep, each failed job tells its own error, which says more than that of a commit.
  if (!wrote) return {};
  auto committed = transaction.commit();
  if (planted(PlantedFault::commit_failure_ignored)) return {};
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
  message.state = to;
  message.reason = reason;
  message.due = due;
  if (to == State::sent || is_final(to)) return tell_application(message, now);
  return {};
}

}  // namespace relay::outbox
