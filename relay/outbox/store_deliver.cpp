#include <algorithm>
#include <unordered_set>
#include <utility>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

namespace {

/// Messages that one due() looks at. When more are held back behind few recipients, the next call goes on there.
constexpr int max_looked_at = 2000;

/// What the attempt may cost at most: the words that mark a repeat may need a part more.
std::int64_t parts_of_attempt(const Message& message) {
  const bool marked = policy_of(message.message_class).mark_repeat && message.copies > 0;
  return message.segments + (marked ? 1 : 0);
}

}  // namespace

Result<std::vector<MessageId>> Store::predecessors(const Message& message, TimelineTime now, int limit) {
  std::vector<MessageId> out;
  if (planted(PlantedFault::predecessors_ignored)) return out;
  Query q(database_,
          "SELECT id FROM messages p INDEXED BY messages_unfinished "
          "WHERE recipient = ?1 AND class = ?2 AND state <= 1 AND id < ?3 AND copies = 0 "
          "AND (app = ?4 OR NOT EXISTS ("
          "SELECT 1 FROM messages INDEXED BY messages_unfinished WHERE recipient = ?1 AND class = ?2 AND state <= 1 "
          "AND id <= p.id AND copies = 0 AND app = p.app AND reason = 'daily_limit' AND due > ?5)) "
          "ORDER BY id LIMIT ?6");
  q.bind(message.to, message.message_class, message.id.value, message.app, to_ms(now), limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) out.push_back(MessageId{q.integer(0)});
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<DueBatch> Store::due(Lane lane, AppId app, TimelineTime now, int limit, int per_recipient,
                            const std::vector<MessageId>& in_memory) {
  DueBatch batch;
  std::unordered_set<std::int64_t> held;  // by the caller, or given to it now
  for (const MessageId id : in_memory) held.insert(id.value);
  const std::int64_t line = line_of(lane, app);
  const auto from = due_cursors_[line];
  int looked_at = 0;
  Query q(database_,
          "SELECT due, id FROM messages INDEXED BY messages_live WHERE state = 0 AND state <= 2 AND line = ? "
          "AND due <= ? AND (due, id) > (?, ?) ORDER BY due, id");
  q.bind(line, to_ms(now), from.first, from.second);
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    if (std::cmp_greater_equal(batch.messages.size(), limit) || looked_at == max_looked_at) break;
    ++looked_at;
    due_cursors_[line] = {q.integer(0), q.integer(1)};
    const MessageId id{q.integer(1)};
    if (held.contains(id.value)) continue;
    auto message = load(id);
    if (!message) return std::unexpected(message.error());
    if (policy_of(message->message_class).order == MessageOrder::fifo_per_recipient) {
      const auto before = predecessors(*message, now, per_recipient);
      if (!before) return std::unexpected(before.error());
      if (std::cmp_greater_equal(before->size(), per_recipient) ||
          !std::ranges::all_of(*before, [&](MessageId p) { return held.contains(p.value); })) {
        batch.held_back = true;
        continue;
      }
    }
    held.insert(id.value);
    batch.messages.push_back(std::move(*message));
  }
  if (!row) return std::unexpected(row.error());
  batch.more = *row;
  // A full batch or the line's end: the next call starts at its head again, where what was held back may be free by
  // now.
  if (!batch.more || looked_at < max_looked_at) due_cursors_.erase(line);
  return batch;
}

Result<std::vector<std::pair<Lane, AppId>>> Store::queued_feeds() {
  const auto all_lines = lines(State::queued);
  if (!all_lines) return std::unexpected(all_lines.error());
  std::vector<std::pair<Lane, AppId>> out;
  for (const auto line : *all_lines) out.emplace_back(lane_of(line), app_of(line));
  return out;
}

/// Hops from line to line by the index: two look-ups for each, and there are few lines.
Result<std::vector<std::int64_t>> Store::lines(State state) {
  std::vector<std::int64_t> out;
  std::int64_t last = -1;
  while (true) {
    Query q(database_,
            "SELECT min(line) FROM messages INDEXED BY messages_live WHERE state = ? AND state <= 2 AND line > ?");
    const auto row = q.bind(state, last).step();
    if (!row) return std::unexpected(row.error());
    if (!*row || q.is_null(0)) return out;
    out.push_back(last = q.integer(0));
  }
}

Result<std::optional<TimelineTime>> Store::next_due(TimelineTime now) {
  const auto all_lines = lines(State::queued);
  if (!all_lines) return std::unexpected(all_lines.error());
  std::optional<TimelineTime> earliest;
  for (const auto line : *all_lines) {
    Query q(database_,
            "SELECT min(due) FROM messages INDEXED BY messages_live WHERE state = 0 AND state <= 2 AND line = ? AND "
            "due > ?");
    const auto row = q.bind(line, to_ms(now)).step();
    if (!row) return std::unexpected(row.error());
    if (!*row || q.is_null(0)) continue;
    const auto at = from_ms<TimelineTime>(q.integer(0));
    earliest = earliest ? std::min(*earliest, at) : at;
  }
  return earliest;
}

Result<AttemptBegun> Store::begin_attempt(const AttemptStart& start, Moment now, Effects& effects) {
  auto message = load(start.message);
  if (!message) return std::unexpected(message.error());
  if (message->state != State::queued) {
    return fail(ErrorCode::conflict, concat("message ", message->id.text(), " is ", name_of(message->state),
                                            ", not queued: no attempt may begin"));
  }
  const auto rules = guard(*message, now.timeline);
  if (!rules) return std::unexpected(rules.error());
  if (rules->opted_out) return AttemptBegun{.kind = AttemptBegun::Kind::opted_out};
  if (start.in_order) {
    const auto before = predecessors(*message, now.timeline, 1);
    if (!before) return std::unexpected(before.error());
    if (!before->empty()) {
      return fail(ErrorCode::conflict,
                  concat("message ", message->id.text(), " waits for its predecessor ", before->front().text()));
    }
  }
  if (rules->over_limit()) return AttemptBegun{.kind = AttemptBegun::Kind::over_limit};
  if (message->attempts > 0) {
    const auto kept = Query(database_, "INSERT INTO earlier_attempts (message, number, " RELAY_ATTEMPT_COLUMNS
                                       ", open_parts, charged_day, charged_parts) "
                                       "SELECT id, attempts, " RELAY_ATTEMPT_COLUMNS
                                       ", open_parts, charged_day, charged_parts FROM messages WHERE id = ?")
                          .bind(message->id.value)
                          .run();
    if (!kept) return std::unexpected(kept.error());
  }
  const std::int64_t parts = parts_of_attempt(*message);
  const auto begun =
      Query(database_,
            "UPDATE messages SET attempts = attempts + 1, provider = ?, started_at = ?, began = ?, outcome = NULL, "
            "duration = NULL, "
            "provider_ref = NULL, code = NULL, detail = NULL, cost = NULL, receipt = NULL, receipt_at = NULL, "
            "open_parts = NULL, charged_day = ?, charged_parts = ? WHERE id = ?")
          .bind(start.provider, to_ms(start.started_at), to_ms(now.timeline), day_of(now.timeline), parts,
                message->id.value)
          .run();
  if (!begun) return std::unexpected(begun.error());
  if (auto done = charge(message->app, day_of(now.timeline), parts, effects); !done) {
    return std::unexpected(done.error());
  }
  if (auto done = change_state(*message, State::sending, message->reason, message->due, {}, effects); !done) {
    return std::unexpected(done.error());
  }
  Attempt attempt;
  attempt.message = message->id;
  attempt.number = message->attempts + 1;
  attempt.provider = start.provider;
  attempt.started_at = start.started_at;
  attempt.began = now.timeline;
  return AttemptBegun{.attempt = std::move(attempt)};
}

Result<State> Store::end_attempt(const AttemptEnd& end, Moment now, Effects& effects) {
  auto message = load(end.message);
  if (!message) return std::unexpected(message.error());
  const bool may_be_out = end.outcome == Outcome::accepted || end.outcome == Outcome::unknown;
  const auto done =
      Query(database_,
            "UPDATE messages SET outcome = ?, duration = ?, provider_ref = ?, code = ?, detail = ?, cost = ?, "
            "copies = copies + ? WHERE id = ? AND attempts = ? AND started_at IS NOT NULL AND outcome IS NULL")
          .bind(end.outcome, end.duration.count(), or_null(end.provider_ref), or_null(end.code), or_null(end.detail),
                or_null(end.cost), may_be_out ? 1 : 0, end.message.value, end.number)
          .run();
  if (!done) return std::unexpected(done.error());
  if (*done != 1) {
    return fail(ErrorCode::conflict,
                concat("attempt ", end.number, " of message ", end.message.text(), " is not under way"));
  }
  if (!may_be_out || (end.outcome == Outcome::unknown && planted(PlantedFault::unknown_attempt_costs_nothing))) {
    if (auto given = give_back(*message, end.number, effects); !given) return std::unexpected(given.error());
  }
  if (end.opted_out) {
    if (auto listed = note_opt_out(*message, end); !listed) return std::unexpected(listed.error());
  }
  // A receipt for an earlier attempt may have made it final meanwhile: then the outcome is for the record only.
  if (message->state == State::sending) {
    const auto proven = proven_meanwhile(*message, end);
    if (!proven) return std::unexpected(proven.error());
    const State next = proven->value_or(end.next);
    const TimelineTime due = *proven ? message->due : end.due;
    if (auto moved = change_state(*message, next, *proven ? "" : end.reason, due, {end.at, now.timeline}, effects);
        !moved) {
      return std::unexpected(moved.error());
    }
  }
  if (end.outcome == Outcome::unknown && end.receipt_refs.empty()) {
    if (auto noted = await_unnamed(end.message, end.number); !noted) return std::unexpected(noted.error());
  }
  if (!end.receipt_refs.empty()) {
    if (auto matched = await_receipts(end.message, end.number, end.receipt_refs); !matched)
      return std::unexpected(matched.error());
    if (auto matched = apply_parked(end.message, end.number, now, effects); !matched)
      return std::unexpected(matched.error());
    message = load(end.message);
    if (!message) return std::unexpected(message.error());
  }
  return message->state;
}

/// An attempt that ended in vain, of a message that an earlier attempt has brought out, as was learned while this one
/// was under way: then the message is out, whatever became of this attempt.
Result<std::optional<State>> Store::proven_meanwhile(const Message& message, const AttemptEnd& end) {
  if (end.outcome == Outcome::accepted || message.copies == 0) return std::nullopt;
  Query q(database_, "SELECT count(*), count(open_parts) FROM earlier_attempts WHERE message = ? AND outcome = ?");
  const auto row = q.bind(message.id.value, Outcome::accepted).step();
  if (!row) return std::unexpected(row.error());
  if (q.integer(0) == 0) return std::nullopt;
  return q.integer(1) > 0 ? State::sent : State::unconfirmed;
}

Result<State> Store::prove(const AttemptProof& proof, Moment now, Effects& effects) {
  auto message = load(proof.message);
  if (!message) return std::unexpected(message.error());
  const auto corrected = update_attempt(
      database_,
      {"UPDATE messages SET outcome = ?, provider_ref = coalesce(?, provider_ref), code = coalesce(?, code) "
       "WHERE id = ? AND attempts = ? AND outcome = 6",
       "UPDATE earlier_attempts SET outcome = ?, provider_ref = coalesce(?, provider_ref), code = coalesce(?, code) "
       "WHERE message = ? AND number = ? AND outcome = 6"},
      proof.message, proof.number, proof.was_sent ? Outcome::accepted : Outcome::unavailable,
      or_null(proof.provider_ref), or_null(proof.code));
  if (!corrected) return std::unexpected(corrected.error());
  if (!*corrected) {
    return fail(ErrorCode::conflict,
                concat("attempt ", proof.number, " of message ", proof.message.text(), " did not end as unknown"));
  }
  if (auto done = forget_unnamed(proof.message, proof.number); !done) return std::unexpected(done.error());
  const Moment at{proof.at, now.timeline};
  if (!proof.was_sent) {
    const auto undone =
        Query(database_, "UPDATE messages SET copies = copies - 1 WHERE id = ?").bind(proof.message.value).run();
    if (!undone) return std::unexpected(undone.error());
    if (auto given = give_back(*message, proof.number, effects); !given) return std::unexpected(given.error());
    if (message->state != State::queued) return message->state;
    return move(proof.message, State::queued, State::queued, "", proof.due, at, effects);
  }
  if (message->state == State::queued || planted(PlantedFault::proof_overwrites_final)) {
    const State next = proof.receipt_refs.empty() ? State::unconfirmed : State::sent;
    if (auto moved = change_state(*message, next, "", proof.due, at, effects); !moved)
      return std::unexpected(moved.error());
  }
  if (message->state == State::sending) {  // Kept for end_attempt(): until when receipts are awaited.
    const auto kept =
        Query(database_, "UPDATE messages SET due = ? WHERE id = ?").bind(to_ms(proof.due), proof.message.value).run();
    if (!kept) return std::unexpected(kept.error());
  }
  if (proof.receipt_refs.empty()) return message->state;
  if (auto done = await_receipts(proof.message, proof.number, proof.receipt_refs); !done)
    return std::unexpected(done.error());
  if (auto done = apply_parked(proof.message, proof.number, now, effects); !done) return std::unexpected(done.error());
  message = load(proof.message);
  if (!message) return std::unexpected(message.error());
  return message->state;
}

Result<State> Store::move(MessageId id, State from, State to, const std::string& reason, TimelineTime due, Moment now,
                          Effects& effects) {
  auto message = load(id);
  if (!message) return std::unexpected(message.error());
  if (message->state != from) {
    return fail(ErrorCode::conflict,
                concat("message ", id.text(), " is ", name_of(message->state), ", not ", name_of(from)));
  }
  if (from == to && !is_final(from)) {  // no change of state: it waits longer, or for another reason
    const auto done = Query(database_, "UPDATE messages SET reason = ?, due = ? WHERE id = ?")
                          .bind(or_null(reason), to_ms(due), id.value)
                          .run();
    if (!done) return std::unexpected(done.error());
    if (to == State::sent) earliest_window_end_ = std::min(earliest_window_end_, due);
    return to;
  }
  if (auto done = change_state(*message, to, reason, due, now, effects); !done) return std::unexpected(done.error());
  return message->state;
}

Result<std::vector<Message>> Store::overdue(TimelineTime now, int limit) {
  std::vector<MessageId> ids;
  if (now >= earliest_expiry_) {
    TimelineTime next = TimelineTime::max();
    Query q(database_, "SELECT id, expires_at FROM messages INDEXED BY messages_live WHERE state = 0 AND state <= 2");
    auto row = q.step();
    for (; row && *row && std::cmp_less(ids.size(), limit); row = q.step()) {
      const auto expires_at = from_ms<TimelineTime>(q.integer(1));
      if (expires_at <= now) ids.push_back(MessageId{q.integer(0)});
      next = std::min(next, expires_at);
    }
    if (!row) return std::unexpected(row.error());
    if (!*row) earliest_expiry_ = next;  // the whole queue was seen
  }
  if (now < earliest_window_end_) return load_all(ids);
  const auto all_lines = lines(State::sent);
  if (!all_lines) return std::unexpected(all_lines.error());
  TimelineTime next = TimelineTime::max();
  for (const auto line : *all_lines) {
    Query q(database_,
            "SELECT id, due FROM messages INDEXED BY messages_live WHERE state = 2 AND state <= 2 AND line = ? ORDER "
            "BY due");
    q.bind(line);
    auto row = q.step();
    for (; row && *row; row = q.step()) {
      const auto window_end = from_ms<TimelineTime>(q.integer(1));
      next = std::min(next, window_end);
      if (window_end > now || std::cmp_greater_equal(ids.size(), limit)) break;
      if (planted(PlantedFault::receipt_window_in_memory) && MessageId{q.integer(0)} <= greatest_id_) continue;
      ids.push_back(MessageId{q.integer(0)});
    }
    if (!row) return std::unexpected(row.error());
  }
  earliest_window_end_ = next;
  return load_all(ids);
}

Result<std::vector<MessageRecord>> Store::interrupted() {
  std::vector<MessageId> ids;
  if (planted(PlantedFault::interrupted_forgotten)) return std::vector<MessageRecord>{};
  {
    Query q(database_, "SELECT id FROM messages INDEXED BY messages_live WHERE state = 1 AND state <= 2");
    auto row = q.step();
    for (; row && *row; row = q.step()) ids.push_back(MessageId{q.integer(0)});
    if (!row) return std::unexpected(row.error());
  }
  std::ranges::sort(ids);
  return records(ids);
}

Result<std::vector<MessageRecord>> Store::in_doubt(const std::vector<std::string>& providers, int limit) {
  std::vector<MessageId> ids;
  for (const std::string& provider : providers) {
    Query q(database_,
            "SELECT DISTINCT a.message FROM awaited_receipts a CROSS JOIN messages m ON m.id = a.message "
            "WHERE a.provider = ? AND a.ref = '' AND m.state = 0 LIMIT ?");
    q.bind(provider, limit);
    auto row = q.step();
    for (; row && *row; row = q.step()) ids.push_back(MessageId{q.integer(0)});
    if (!row) return std::unexpected(row.error());
  }
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return records(ids);
}

}  // namespace relay::outbox
