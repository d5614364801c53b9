#include <algorithm>

#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

Result<SubmitResult> Store::submit(const Submission& submission, Moment now, Effects& effects) {
  if (submission.messages.empty()) return fail(ErrorCode::invalid_argument, "a submission without messages");
  if (!std::ranges::all_of(submission.messages, [](const Message& m) { return m.state == State::queued; })) {
    return fail(ErrorCode::invalid_argument, "a submitted message must be queued");
  }
  if (submission.idempotency) {
    auto earlier = replay(submission, now);
    if (!earlier) return std::unexpected(earlier.error());
    if (*earlier) return **earlier;
  }
  const bool alarms =
      std::ranges::all_of(submission.messages, [](const Message& m) { return m.message_class == MessageClass::alarm; });
  if (const auto room = require_room(alarms); !room) return std::unexpected(room.error());

  std::vector<Message> messages = submission.messages;
  const auto blocked = block_opted_out(messages);
  if (!blocked) return std::unexpected(blocked.error());
  if (*blocked > 0 && messages.size() == 1) return SubmitResult{.kind = SubmitResult::Kind::opted_out};

  SubmitResult result{.answer = submission.answer, .blocked = *blocked};
  if (*blocked > 0 && submission.render_answer) result.answer = submission.render_answer(messages);
  for (const Message& message : messages) {
    if (!submission.replaces_older) break;
    if (auto done = cancel_older(message, result, now, effects); !done) return std::unexpected(done.error());
  }
  for (const Message& message : messages) {
    if (auto done = insert(message, now, effects); !done) return std::unexpected(done.error());
  }
  if (submission.idempotency) {
    const auto done =
        Query(database_,
              "INSERT INTO idempotency (id, app, key, payload, answer, expires_at) VALUES (?, ?, ?, ?, ?, ?)")
            .bind(submission.messages.front().id.value, submission.app, submission.idempotency->key,
                  submission.idempotency->payload, result.answer, to_ms(now.timeline + submission.idempotency->life))
            .run();
    if (!done) return std::unexpected(done.error());
  }
  return result;
}

Result<std::optional<SubmitResult>> Store::replay(const Submission& submission, Moment now) {
  Query q(database_, planted(PlantedFault::idempotency_key_not_scoped)
                         ? "SELECT id, payload, answer, expires_at FROM idempotency WHERE ? IS NOT NULL AND key = ?"
                         : "SELECT id, payload, answer, expires_at FROM idempotency WHERE app = ? AND key = ?");
  const auto row = q.bind(submission.app, submission.idempotency->key).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const bool forgotten =
      planted(PlantedFault::idempotency_forgotten_at_restart) && MessageId{q.integer(0)} <= greatest_id_;
  if (q.integer(3) <= to_ms(now.timeline) || forgotten) {
    const auto gone = Query(database_, "DELETE FROM idempotency WHERE id = ?").bind(q.integer(0)).run();
    if (!gone) return std::unexpected(gone.error());
    return std::nullopt;
  }
  const auto payload = q.blob(1);
  const auto& asked = submission.idempotency->payload;
  if (!std::equal(payload.begin(), payload.end(), asked.begin(), asked.end()) &&
      !planted(PlantedFault::idempotency_payload_ignored)) {
    return SubmitResult{.kind = SubmitResult::Kind::key_reused};
  }
  return SubmitResult{.kind = SubmitResult::Kind::replayed, .answer = q.text(2)};
}

Result<std::optional<std::string>> Store::find_answer(AppId app, const std::string& key, TimelineTime now) {
  Query q(database_, "SELECT answer FROM idempotency WHERE app = ? AND key = ? AND expires_at > ?");
  const auto row = q.bind(app, key, to_ms(now)).step();
  if (!row) return std::unexpected(row.error());
  return *row ? std::optional(q.text(0)) : std::nullopt;
}

/// Submissions stop while there is still room for the outcomes, receipts and events of what was accepted; alarms stop
/// later than others.
Result<void> Store::require_room(bool alarm) {
  if (settings_.max_file_bytes <= 0) return {};
  const auto used = used_bytes();
  if (!used) return std::unexpected(used.error());
  if (*used < settings_.max_file_bytes - settings_.max_file_bytes / (alarm ? 32 : 16)) return {};
  return fail(ErrorCode::full, concat("the outbox is at its limit of ", settings_.max_file_bytes,
                                      " bytes and keeps the rest for what it has accepted"));
}

Result<void> Store::insert(const Message& message, Moment now, Effects& effects) {
  const auto done =
      Query(database_,
            "INSERT INTO messages (id, batch, app, channel, class, line, recipient, sender, content, tags, "
            "callback_url, state, reason, accepted_at, due, expires_at, segments, encoding, content_kind, fallback) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
          .bind(message.id.value,
                message.batch == message.id || message.batch.value == 0 ? std::nullopt
                                                                        : std::optional(message.batch.value),
                message.app, message.channel, message.message_class,
                line_of(policy_of(message.message_class).lane, message.app), message.to, or_null(message.from),
                stored_content(message), stored_tags(message.tags), or_null(message.callback_url), message.state,
                or_null(message.reason), to_ms(message.accepted_at), to_ms(message.due), to_ms(message.expires_at),
                message.segments, message.encoding, stored_content_kind(message), stored_fallback(message))
          .run();
  if (!done) return std::unexpected(done.error());
  if (message.id <= counted_at_most_) {  // another submission with a later id was faster, and may have been counted
    const auto counted =
        Query(database_, "UPDATE store SET counted_rows = counted_rows + 1 WHERE one = 1 AND counted_id >= ?")
            .bind(message.id.value)
            .run();
    if (!counted) return std::unexpected(counted.error());
  }
  ++effects.delta.stored_rows;
  if (message.state != State::queued) return tell_application(message, now, effects);  // blocked from the start
  earliest_expiry_ = std::min(earliest_expiry_, message.expires_at);
  ++effects.delta.live[0].at(static_cast<std::size_t>(message.message_class));
  ++effects.delta.queued_by_app[message.app];
  effects.stored.push_back(message);
  return {};
}

Result<void> Store::cancel_older(const Message& newest, SubmitResult& result, Moment now, Effects& effects) {
  std::vector<MessageId> older;
  {
    Query q(database_,
            "SELECT id FROM messages WHERE recipient = ? AND class = ? AND state <= 1 AND state = 0 AND app = ? AND id "
            "< ?");
    q.bind(newest.to, newest.message_class, newest.app, newest.id.value);
    auto row = q.step();
    for (; row && *row; row = q.step()) older.push_back(MessageId{q.integer(0)});
    if (!row) return std::unexpected(row.error());
  }
  for (const MessageId id : older) {
    auto message = load(id);
    if (!message) return std::unexpected(message.error());
    if (auto done = change_state(*message, State::cancelled, "replaced", message->due, now, effects); !done)
      return done;
    result.cancelled.push_back(id);
  }
  return {};
}

Result<Message> Store::cancel(MessageId id, std::optional<AppId> app, Moment now, Effects& effects) {
  auto message = load(id);
  if (!message) return message;
  if (app && message->app != *app) return fail(ErrorCode::not_found, concat("there is no message ", id.text()));
  if (message->state != State::queued && !planted(PlantedFault::final_message_cancelled)) {
    return fail(ErrorCode::conflict,
                concat("message ", id.text(), " is ", name_of(message->state), " already and cannot be cancelled"));
  }
  if (auto done = change_state(*message, State::cancelled, "cancelled", message->due, now, effects); !done) {
    return std::unexpected(done.error());
  }
  return message;
}

}  // namespace relay::outbox
