
#include "relay/base/concat.hpp"
#include "relay/outbox/message_rows.hpp"
#include "relay/outbox/store.hpp"
#include "relay/sqlite/query.hpp"

namespace relay::outbox {

using sqlite::Query;

Result<Message> Store::load(MessageId id) {
  Query q(database_, "SELECT " RELAY_MESSAGE_COLUMNS " FROM messages WHERE id = ?");
  const auto row = q.bind(id.value).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::not_found, concat("there is no message ", id.text()));
  return message_from(q);
}

Result<std::vector<Message>> Store::load_all(const std::vector<MessageId>& ids) {
  std::vector<Message> out;
  out.reserve(ids.size());
  for (const MessageId id : ids) {
    auto message = load(id);
    if (!message) return std::unexpected(message.error());
    out.push_back(std::move(*message));
  }
  return out;
}

Result<std::vector<Attempt>> Store::attempts_of(const Message& message) {
  std::vector<Attempt> out;
  if (message.attempts == 0) return out;
  Query earlier(database_,
                "SELECT " RELAY_ATTEMPT_COLUMNS ", number FROM earlier_attempts WHERE message = ? ORDER BY number");
  earlier.bind(message.id.value);
  auto row = earlier.step();
  for (; row && *row; row = earlier.step()) {
    out.push_back(attempt_from(earlier, 0, message.id, static_cast<std::int32_t>(earlier.integer(attempt_columns))));
  }
  if (!row) return std::unexpected(row.error());
  Query last(database_, "SELECT " RELAY_ATTEMPT_COLUMNS " FROM messages WHERE id = ?");
  row = last.bind(message.id.value).step();
  if (!row) return std::unexpected(row.error());
  if (*row) out.push_back(attempt_from(last, 0, message.id, message.attempts));
  return out;
}

Result<Attempt> Store::attempt_of(MessageId message, std::int32_t number) {
  Query q(database_, "SELECT " RELAY_ATTEMPT_COLUMNS
                     " FROM messages WHERE id = ?1 AND attempts = ?2 UNION ALL "
                     "SELECT " RELAY_ATTEMPT_COLUMNS " FROM earlier_attempts WHERE message = ?1 AND number = ?2");
  const auto row = q.bind(message.value, number).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::not_found, concat("there is no attempt ", number, " of message ", message.text()));
  return attempt_from(q, 0, message, number);
}

Result<std::vector<MessageRecord>> Store::records(const std::vector<MessageId>& ids) {
  std::vector<MessageRecord> out;
  for (const MessageId id : ids) {
    auto record = find(id, std::nullopt);
    if (!record) return std::unexpected(record.error());
    out.push_back(std::move(*record));
  }
  return out;
}

Result<MessageRecord> Store::find(MessageId id, std::optional<AppId> app) {
  auto message = load(id);
  if (!message) return std::unexpected(message.error());
  if (app && message->app != *app) return fail(ErrorCode::not_found, concat("there is no message ", id.text()));
  auto attempts = attempts_of(*message);
  if (!attempts) return std::unexpected(attempts.error());
  return MessageRecord{std::move(*message), std::move(*attempts)};
}

Result<Store::ListStep> Store::list(const ListFilter& filter, int rows) {
  const std::int64_t below = filter.before ? filter.before->value : INT64_MAX;
  ListStep step;
  std::int64_t from = 0;
  {
    Query q(database_, "SELECT id FROM messages WHERE id < ? ORDER BY id DESC LIMIT 1 OFFSET ?");
    const auto row = q.bind(below, rows - 1).step();
    if (!row) return std::unexpected(row.error());
    if (*row) from = q.integer(0), step.resume = MessageId{from};
  }
  Query q(
      database_,
      "SELECT " RELAY_MESSAGE_COLUMNS
      " FROM messages WHERE id < ?1 AND id >= ?2 AND (?3 IS NULL OR app = ?3) AND (?4 IS NULL OR state = ?4) "
      "AND (?5 IS NULL OR class = ?5) AND (?6 IS NULL OR recipient = ?6) AND (?7 IS NULL OR coalesce(batch, id) = ?7) "
      "AND (?8 IS NULL OR EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?8)) ORDER BY id DESC LIMIT ?9");
  q.bind(below, from, filter.app, filter.state, filter.message_class, or_null(filter.to),
         filter.batch ? std::optional(filter.batch->value) : std::nullopt, or_null(filter.tag), filter.limit);
  auto row = q.step();
  for (; row && *row; row = q.step()) step.messages.push_back(message_from(q));
  if (!row) return std::unexpected(row.error());
  return step;
}

Result<std::array<std::optional<TimelineTime>, 5>> Store::oldest_queued() {
  std::array<std::optional<TimelineTime>, 5> out;
  Query q(database_,
          "SELECT class, min(id) FROM messages INDEXED BY messages_live WHERE state = 0 AND state <= 2 GROUP BY class");
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    // The id tells its time on the timeline: message_id.hpp.
    out.at(static_cast<std::size_t>(q.integer(0))) = MessageId{q.integer(1)}.time();
  }
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<bool> Store::probe() {
  const auto done = Query(database_, "UPDATE store SET probes = probes + 1 WHERE one = 1").run();
  if (!done) return std::unexpected(done.error());
  return true;
}

}  // namespace relay::outbox
