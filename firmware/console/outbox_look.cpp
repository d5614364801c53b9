#include "firmware/console/outbox_look.hpp"

#include "firmware/console/printable.hpp"
#include "relay/base/log.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/message/message.hpp"
#include "relay/sqlite/database.hpp"
#include "relay/sqlite/query.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::sqlite::Database;
using relay::sqlite::Query;

constexpr const char* message_columns =
    "SELECT id, state, class, recipient, attempts, accepted_at, reason, provider, outcome, code, detail FROM messages ";

ordered_json message_of(const Query& q) {
  ordered_json out;
  out["id"] = relay::MessageId{q.integer(0)}.text();
  out["state"] = relay::name_of(q.as<relay::State>(1));
  if (!q.is_null(6)) out["reason"] = printable(q.text(6));
  out["class"] = relay::name_of(q.as<relay::MessageClass>(2));
  out["to"] = printable(relay::masked_number(q.text(3)));
  out["attempt_count"] = q.integer(4);
  out["accepted_at"] = relay::format_rfc3339(relay::from_ms<relay::WallTime>(q.integer(5)));
  if (q.is_null(7)) return out;
  ordered_json last;
  last["number"] = q.integer(4);
  last["provider"] = printable(q.text(7));
  last["outcome"] = q.is_null(8) ? ordered_json(nullptr) : ordered_json(relay::name_of(q.as<relay::Outcome>(8)));
  if (!q.is_null(9)) last["code"] = printable(q.text(9));
  if (!q.is_null(10)) last["detail"] = printable(q.text(10));
  out["attempts"] = ordered_json::array({std::move(last)});
  return out;
}

}  // namespace

Result<ordered_json> OutboxLook::queue() const {
  auto database = Database::open_read_only(path_);
  if (!database) return std::unexpected(database.error());
  ordered_json queue;
  for (const auto state : {relay::State::queued, relay::State::sending, relay::State::sent}) {
    for (const auto message_class : relay::all_message_classes)
      queue[std::string{relay::name_of(state)}][std::string{relay::name_of(message_class)}] = 0;
  }
  Query q(*database, "SELECT state, class, count(*) FROM messages WHERE state <= 2 GROUP BY state, class");
  auto row = q.step();
  for (; row && *row; row = q.step()) {
    queue[std::string{relay::name_of(q.as<relay::State>(0))}]
         [std::string{relay::name_of(q.as<relay::MessageClass>(1))}] = q.integer(2);
  }
  if (!row) return std::unexpected(row.error());
  return ordered_json{{"queue", std::move(queue)}};
}

Result<ordered_json> OutboxLook::messages(const std::string& state, int limit) const {
  auto database = Database::open_read_only(path_);
  if (!database) return std::unexpected(database.error());
  const auto wanted = relay::parse_state(state);
  static const std::string unfinished = std::string{message_columns} + "WHERE state <= 2 ORDER BY id DESC LIMIT ?1";
  static const std::string of_state = std::string{message_columns} + "WHERE state = ?2 ORDER BY id DESC LIMIT ?1";
  Query q(*database, wanted ? of_state : unfinished);
  q.bind(limit);
  if (wanted) q.bind(*wanted);
  ordered_json out{{"messages", ordered_json::array()}};
  auto row = q.step();
  for (; row && *row; row = q.step()) out["messages"].push_back(message_of(q));
  if (!row) return std::unexpected(row.error());
  return out;
}

Result<ordered_json> OutboxLook::message(const std::string& id) const {
  const auto wanted = relay::MessageId::parse(id);
  if (!wanted) return fail(ErrorCode::invalid_argument, "a message's id has 13 letters and digits");
  auto database = Database::open_read_only(path_);
  if (!database) return std::unexpected(database.error());
  static const std::string one = std::string{message_columns} + "WHERE id = ?";
  Query q(*database, one);
  const auto row = q.bind(wanted->value).step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return fail(ErrorCode::not_found, "the outbox has no message " + id);
  return message_of(q);
}

Result<std::string> OutboxLook::integrity() const {
  auto database = Database::open_read_only(path_);
  if (!database) return std::unexpected(database.error());
  return database->text("PRAGMA quick_check(1)");
}

}  // namespace firmware::console
