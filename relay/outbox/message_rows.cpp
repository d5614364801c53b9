#include "relay/outbox/message_rows.hpp"

#include <variant>

#include <nlohmann/json.hpp>

namespace relay::outbox {

using nlohmann::json;

Message message_from(const sqlite::Query& row) {
  Message m;
  m.id = MessageId{row.integer(0)};
  m.batch = row.is_null(1) ? m.id : MessageId{row.integer(1)};
  m.app = static_cast<AppId>(row.integer(2));
  m.channel = row.as<Channel>(3);
  m.message_class = row.as<MessageClass>(4);
  m.to = row.text(5);
  m.from = row.text(6);
  m.content = SmsContent{row.text(7)};
  if (!row.is_null(8)) {
    const json tags = json::parse(row.text(8), nullptr, false);
    for (const auto& tag : tags) {
      if (tag.is_string()) m.tags.push_back(tag.get<std::string>());
    }
  }
  m.callback_url = row.text(9);
  m.state = row.as<State>(10);
  m.reason = row.text(11);
  m.accepted_at = from_ms<WallTime>(row.integer(12));
  m.due = from_ms<TimelineTime>(row.integer(13));
  m.expires_at = from_ms<TimelineTime>(row.integer(14));
  m.attempts = static_cast<std::int32_t>(row.integer(15));
  m.copies = static_cast<std::int32_t>(row.integer(16));
  m.segments = static_cast<std::int32_t>(row.integer(17));
  m.encoding = row.as<TextEncoding>(18);
  return m;
}

Attempt attempt_from(const sqlite::Query& row, int first, MessageId message, std::int32_t number) {
  Attempt a;
  a.message = message;
  a.number = number;
  a.provider = row.text(first);
  a.started_at = from_ms<WallTime>(row.integer(first + 1));
  if (!row.is_null(first + 2)) a.outcome = row.as<Outcome>(first + 2);
  if (!row.is_null(first + 3)) a.duration = Millis{row.integer(first + 3)};
  a.provider_ref = row.text(first + 4);
  a.code = row.text(first + 5);
  a.detail = row.text(first + 6);
  a.cost = row.text(first + 7);
  if (!row.is_null(first + 8)) a.receipt = row.as<ReceiptStatus>(first + 8);
  if (!row.is_null(first + 9)) a.receipt_at = from_ms<WallTime>(row.integer(first + 9));
  return a;
}

const std::string& stored_content(const Message& message) { return std::get<SmsContent>(message.content).text; }

std::optional<std::string> stored_tags(const std::vector<std::string>& tags) {
  if (tags.empty()) return std::nullopt;
  return json(tags).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string event_data(const Message& message, std::string_view provider, WallTime at) {
  json data{{"id", message.id.text()},         {"to", message.to},   {"class", name_of(message.message_class)},
            {"state", name_of(message.state)}, {"at_ms", to_ms(at)}, {"attempts", message.attempts}};
  if (message.batch != message.id) data["batch"] = message.batch.text();
  if (!message.reason.empty()) data["reason"] = message.reason;
  if (!provider.empty()) data["provider"] = provider;
  if (!message.tags.empty()) data["tags"] = message.tags;
  return data.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace relay::outbox
