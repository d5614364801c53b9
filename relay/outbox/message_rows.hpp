#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/message/message.hpp"
#include "relay/sqlite/query.hpp"

/// How messages and attempts stand in their rows (schema.cpp).
namespace relay::outbox {

/// The columns of a message, in the order that message_from() reads. For string literals: "SELECT "
/// RELAY_MESSAGE_COLUMNS " FROM ...".
#define RELAY_MESSAGE_COLUMNS                                                                                         \
  "id, batch, app, channel, class, recipient, sender, content, tags, callback_url, state, reason, accepted_at, due, " \
  "expires_at, attempts, copies, segments, encoding, content_kind, fallback"
inline constexpr int message_columns = 21;

/// The columns of an attempt except its number, in the order that attempt_from() reads; the same in both tables that
/// hold attempts.
#define RELAY_ATTEMPT_COLUMNS \
  "provider, started_at, outcome, duration, provider_ref, code, detail, cost, receipt, receipt_at, began"
inline constexpr int attempt_columns = 11;

[[nodiscard]] Message message_from(const sqlite::Query& row);
/// `first` is the column where RELAY_ATTEMPT_COLUMNS start.
[[nodiscard]] Attempt attempt_from(const sqlite::Query& row, int first, MessageId message, std::int32_t number);

/// The line that a message stands in, one for each lane and application: those of one line leave in the order of (due,
/// id).
[[nodiscard]] constexpr std::int64_t line_of(Lane lane, AppId app) {
  return std::int64_t{app} * 4 + static_cast<std::int64_t>(lane);
}
[[nodiscard]] constexpr Lane lane_of(std::int64_t line) { return static_cast<Lane>(line % 4); }
[[nodiscard]] constexpr AppId app_of(std::int64_t line) { return static_cast<AppId>(line / 4); }

/// A change of one attempt, which stands in its message's row if it is the last one, else in earlier_attempts. The two
/// statements take the same values, then the message's id and the attempt's number. Returns whether there is such an
/// attempt.
struct AttemptUpdate {
  std::string_view last;
  std::string_view earlier;
};
template <class... Values>
[[nodiscard]] Result<bool> update_attempt(sqlite::Database& database, AttemptUpdate sql, MessageId message,
                                          std::int32_t number, const Values&... values) {
  const auto last = sqlite::Query(database, sql.last).bind(values..., message.value, number).run();
  if (!last) return std::unexpected(last.error());
  if (*last == 1) return true;
  const auto earlier = sqlite::Query(database, sql.earlier).bind(values..., message.value, number).run();
  if (!earlier) return std::unexpected(earlier.error());
  return *earlier == 1;
}

/// The text, or JSON for what is none.
[[nodiscard]] std::string stored_content(const Message& message);
[[nodiscard]] std::optional<int> stored_content_kind(const Message& message);
[[nodiscard]] std::optional<std::string> stored_fallback(const Message& message);
/// A JSON array, or nothing for no tags.
[[nodiscard]] std::optional<std::string> stored_tags(const std::vector<std::string>& tags);

/// `text`, or NULL when it is empty: an absent text costs one byte.
[[nodiscard]] inline std::optional<std::string_view> or_null(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

/// The `data` of a message's event: what became of it, never its text.
[[nodiscard]] std::string event_data(const Message& message, std::string_view provider, WallTime at);

}  // namespace relay::outbox
