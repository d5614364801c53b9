#include "relay/outbox/message_rows.hpp"

#include <variant>

#include <nlohmann/json.hpp>

namespace relay::outbox {

using nlohmann::json;

namespace {

std::string text_in(const json& object, const char* name) {
  return object.is_object() ? object.value(name, std::string{}) : std::string{};
}

/// What stored_content() wrote. The store wrote it itself: what cannot be read is empty, and every provider refuses it.
Content content_from(int kind, std::string stored) {
  if (kind == 0) return SmsContent{std::move(stored)};
  const json object = json::parse(stored, nullptr, false);
  if (kind == 1) {
    return MediaContent{.kind = object.is_object() ? static_cast<MediaKind>(object.value("kind", 0)) : MediaKind::image,
                        .url = text_in(object, "url"),
                        .caption = text_in(object, "caption"),
                        .filename = text_in(object, "filename")};
  }
  TemplateContent form{.name = text_in(object, "name"), .variables = {}};
  if (object.is_object()) form.variables = object.value("variables", std::vector<std::string>{});
  return form;
}

std::optional<Fallback> fallback_from(const std::string& stored) {
  const json object = json::parse(stored, nullptr, false);
  if (!object.is_object()) return std::nullopt;
  return Fallback{.channel = static_cast<Channel>(object.value("channel", 0)), .text = text_in(object, "text")};
}

}  // namespace

Message message_from(const sqlite::Query& row) {
  Message m;
  m.id = MessageId{row.integer(0)};
  m.batch = row.is_null(1) ? m.id : MessageId{row.integer(1)};
  m.app = static_cast<AppId>(row.integer(2));
  m.channel = row.as<Channel>(3);
  m.message_class = row.as<MessageClass>(4);
  m.to = row.text(5);
  m.from = row.text(6);
  m.content = content_from(static_cast<int>(row.integer(19)), row.text(7));
  if (!row.is_null(20)) m.fallback = fallback_from(row.text(20));
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
  a.began = from_ms<TimelineTime>(row.integer(first + 10));
  return a;
}

std::string stored_content(const Message& message) {
  if (const auto* text = std::get_if<SmsContent>(&message.content)) return text->text;
  json out;
  if (const auto* media = std::get_if<MediaContent>(&message.content)) {
    out = {{"kind", static_cast<int>(media->kind)},
           {"url", media->url},
           {"caption", media->caption},
           {"filename", media->filename}};
  } else if (const auto* form = std::get_if<TemplateContent>(&message.content)) {
    out = {{"name", form->name}, {"variables", form->variables}};
  }
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::optional<int> stored_content_kind(const Message& message) {
  const auto kind = static_cast<int>(message.content.index());
  return kind == 0 ? std::nullopt : std::optional(kind);
}

std::optional<std::string> stored_fallback(const Message& message) {
  if (!message.fallback) return std::nullopt;
  const json out{{"channel", static_cast<int>(message.fallback->channel)}, {"text", message.fallback->text}};
  return out.dump(-1, ' ', false, json::error_handler_t::replace);
}

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
