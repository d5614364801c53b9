#include "firmware/api/message_json.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <map>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/base/rfc3339.hpp"
#include "relay/crypto/digest.hpp"
#include "relay/crypto/encoding.hpp"

namespace firmware::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using relay::format_rfc3339;
using relay::name_of;

constexpr std::int64_t max_seconds = 366LL * 86'400;

using Reader = std::function<std::optional<Problem>(const json&, relay::admission::Wish&)>;

std::optional<Problem> read_strings(const json& value, const char* field, std::vector<std::string>& out) {
  if (!value.is_array()) return request_invalid(field, std::string{field} + " must be an array of strings");
  for (const auto& item : value) {
    if (!item.is_string()) return request_invalid(field, std::string{field} + " must hold strings only");
    out.push_back(item.get<std::string>());
  }
  return std::nullopt;
}

std::optional<Problem> read_to(const json& value, relay::admission::Wish& wish) {
  if (value.is_string()) {
    wish.to.push_back(value.get<std::string>());
    return std::nullopt;
  }
  if (!value.is_array()) return request_invalid("to", "to must be a number as a string, or an array of such strings");
  return read_strings(value, "to", wish.to);
}

Reader read_text(const char* field, std::string relay::admission::Wish::* member) {
  return [field, member](const json& value, relay::admission::Wish& wish) -> std::optional<Problem> {
    if (!value.is_string()) return request_invalid(field, std::string{field} + " must be a string");
    wish.*member = value.get<std::string>();
    return std::nullopt;
  };
}

Reader read_time(const char* field, std::optional<relay::WallTime> relay::admission::Wish::* member) {
  return [field, member](const json& value, relay::admission::Wish& wish) -> std::optional<Problem> {
    const auto time = value.is_string() ? relay::parse_rfc3339(value.get_ref<const std::string&>()) : std::nullopt;
    if (!time)
      return request_invalid(field, std::string{field} + " must be an RFC 3339 time such as 2026-11-21T10:06:00Z");
    wish.*member = time;
    return std::nullopt;
  };
}

std::optional<Problem> read_expires_in(const json& value, relay::admission::Wish& wish) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 1 || value.get<std::int64_t>() > max_seconds) {
    return request_invalid("expires_in", "expires_in must be a whole number of seconds, at least 1");
  }
  wish.expires_in = std::chrono::seconds{value.get<std::int64_t>()};
  return std::nullopt;
}

std::optional<Problem> read_class(const json& value, relay::admission::Wish& wish) {
  wish.message_class =
      value.is_string() ? relay::parse_message_class(value.get_ref<const std::string&>()) : std::nullopt;
  if (!wish.message_class) return request_invalid("class", "class must be one of alarm, otp, once, info, bulk");
  return std::nullopt;
}

std::optional<Problem> read_channel(const json& value, relay::admission::Wish& wish) {
  const auto channel = value.is_string() ? relay::parse_channel(value.get_ref<const std::string&>()) : std::nullopt;
  if (!channel) return request_invalid("channel", "channel must be one of sms, whatsapp, email");
  wish.channel = *channel;
  return std::nullopt;
}

/// The text members of an object, and nothing else in it. `field` is the object's own name.
std::optional<Problem> read_members(const json& value, const std::string& field,
                                    std::initializer_list<std::pair<const char*, std::string*>> members) {
  if (!value.is_object()) return request_invalid(field, field + " must be an object");
  for (const auto& [name, member] : value.items()) {
    const auto known = std::ranges::find_if(members, [&](const auto& m) { return name == m.first; });
    const std::string path = field + "." + name;
    if (known == members.end())
      return request_invalid(path, "this member is not known; see docs/api.md for those that are");
    if (!member.is_string()) return request_invalid(path, path + " must be a string");
    *known->second = member.get<std::string>();
  }
  return std::nullopt;
}

std::optional<Problem> read_media(const json& value, relay::admission::Wish& wish) {
  std::string type;
  relay::MediaContent media;
  if (auto problem = read_members(
          value, "media",
          {{"type", &type}, {"url", &media.url}, {"caption", &media.caption}, {"filename", &media.filename}}))
    return problem;
  const auto kind = relay::parse_media_kind(type);
  if (!kind) return request_invalid("media.type", "media.type must be one of image, document, audio, video");
  media.kind = *kind;
  wish.media = std::move(media);
  return std::nullopt;
}

std::optional<Problem> read_template(const json& value, relay::admission::Wish& wish) {
  relay::TemplateContent form;
  if (!value.is_object()) return request_invalid("template", "template must be an object");
  json rest = value;
  if (const auto variables = rest.find("variables"); variables != rest.end()) {
    if (auto problem = read_strings(*variables, "template.variables", form.variables)) return problem;
    rest.erase(variables);
  }
  if (auto problem = read_members(rest, "template", {{"name", &form.name}})) return problem;
  wish.form = std::move(form);
  return std::nullopt;
}

std::optional<Problem> read_fallback(const json& value, relay::admission::Wish& wish) {
  std::string channel;
  relay::Fallback fallback;
  if (auto problem = read_members(value, "fallback", {{"channel", &channel}, {"text", &fallback.text}})) return problem;
  const auto known = relay::parse_channel(channel);
  if (!known) return request_invalid("fallback.channel", "fallback.channel must be sms");
  fallback.channel = *known;
  wish.fallback = std::move(fallback);
  return std::nullopt;
}

const std::map<std::string, Reader, std::less<>>& readers() {
  using relay::admission::Wish;
  static const std::map<std::string, Reader, std::less<>> table{
      {"to", read_to},
      {"text", read_text("text", &Wish::text)},
      {"media", read_media},
      {"template", read_template},
      {"fallback", read_fallback},
      {"channel", read_channel},
      {"class", read_class},
      {"from", read_text("from", &Wish::from)},
      {"expires_in", read_expires_in},
      {"expires_at", read_time("expires_at", &Wish::expires_at)},
      {"send_at", read_time("send_at", &Wish::send_at)},
      {"callback_url", read_text("callback_url", &Wish::callback_url)},
      {"tags", [](const json& value, Wish& wish) { return read_strings(value, "tags", wish.tags); }},
  };
  return table;
}

template <class Json>
std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_if(ordered_json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

ordered_json attempt_json(const relay::Attempt& attempt) {
  ordered_json out;
  out["number"] = attempt.number;
  out["provider"] = attempt.provider;
  out["started_at"] = format_rfc3339(attempt.started_at);
  out["outcome"] = attempt.outcome ? ordered_json(name_of(*attempt.outcome)) : ordered_json(nullptr);
  if (attempt.duration) out["duration_ms"] = attempt.duration->count();
  add_if(out, "provider_ref", attempt.provider_ref);
  add_if(out, "code", attempt.code);
  add_if(out, "detail", attempt.detail);
  add_if(out, "cost", attempt.cost);
  if (attempt.receipt) out["receipt"] = name_of(*attempt.receipt);
  if (attempt.receipt_at) out["receipt_at"] = format_rfc3339(*attempt.receipt_at);
  return out;
}

void add_content(ordered_json& out, const relay::Message& message) {
  if (const auto* sms = std::get_if<relay::SmsContent>(&message.content)) out["text"] = sms->text;
  if (const auto* media = std::get_if<relay::MediaContent>(&message.content)) {
    ordered_json one{{"type", name_of(media->kind)}, {"url", media->url}};
    add_if(one, "caption", media->caption);
    add_if(one, "filename", media->filename);
    out["media"] = std::move(one);
  }
  if (const auto* form = std::get_if<relay::TemplateContent>(&message.content))
    out["template"] = {{"name", form->name}, {"variables", form->variables}};
  if (message.fallback)
    out["fallback"] = {{"channel", name_of(message.fallback->channel)}, {"text", message.fallback->text}};
}

ordered_json message_json(const relay::Message& message, const relay::Timeline& timeline) {
  ordered_json out;
  out["id"] = message.id.text();
  out["batch"] = message.batch.text();
  out["state"] = name_of(message.state);
  add_if(out, "reason", message.reason);
  out["channel"] = name_of(message.channel);
  out["class"] = name_of(message.message_class);
  out["to"] = message.to;
  add_if(out, "from", message.from);
  add_content(out, message);
  out["segments"] = message.segments;
  out["encoding"] = name_of(message.encoding);
  out["accepted_at"] = format_rfc3339(message.accepted_at);
  out["expires_at"] = format_rfc3339(timeline.to_wall(message.expires_at));
  if (message.state == relay::State::queued) out["next_attempt_at"] = format_rfc3339(timeline.to_wall(message.due));
  out["attempt_count"] = message.attempts;
  if (!message.tags.empty()) out["tags"] = message.tags;
  add_if(out, "callback_url", message.callback_url);
  return out;
}

/// What a person at the console may see of a message that is not theirs (security.md T20).
ordered_json masked_json(const relay::Message& message, const relay::Timeline& timeline) {
  ordered_json out = message_json(message, timeline);
  out["to"] = relay::masked_number(message.to);
  for (const char* said : {"text", "media", "template", "fallback"}) out.erase(said);
  out.erase("callback_url");
  out["app"] = message.app;
  out["copies"] = message.copies;
  return out;
}

std::string with_attempts(ordered_json message, const std::vector<relay::Attempt>& attempts) {
  message["attempts"] = ordered_json::array();
  for (const auto& attempt : attempts) message["attempts"].push_back(attempt_json(attempt));
  return dump(message);
}

/// A full page may have one behind it, which begins after the last message's id.
std::string page_of(const std::vector<relay::Message>& messages, int limit, const relay::Timeline& timeline,
                    ordered_json (*shown)(const relay::Message&, const relay::Timeline&)) {
  ordered_json out;
  out["messages"] = ordered_json::array();
  for (const auto& message : messages) out["messages"].push_back(shown(message, timeline));
  const bool more = static_cast<int>(messages.size()) >= limit;
  out["next_cursor"] = more ? ordered_json(messages.back().id.text()) : ordered_json(nullptr);
  return dump(out);
}

}  // namespace

std::expected<relay::admission::Wish, Problem> parse_submission(std::string_view body) {
  const json document = json::parse(body, nullptr, false);
  if (document.is_discarded()) {
    return std::unexpected(
        Problem{.status = 400,
                .type = "json-invalid",
                .title = "The body is not JSON",
                .detail = "send one JSON object in UTF-8, such as {\"to\":\"+358401234567\",\"text\":\"hello\"}"});
  }
  if (!document.is_object()) return std::unexpected(request_invalid("", "the body must be one JSON object"));
  relay::admission::Wish wish;
  for (const auto& [name, value] : document.items()) {
    const auto reader = readers().find(name);
    if (reader == readers().end())
      return std::unexpected(request_invalid(name, "this member is not known; see docs/api.md for those that are"));
    if (value.is_null()) continue;
    if (auto problem = reader->second(value, wish)) return std::unexpected(std::move(*problem));
  }
  if (!document.contains("to")) return std::unexpected(request_invalid("to", "to is missing"));
  if (!document.contains("text") && !wish.media && !wish.form)
    return std::unexpected(request_invalid("text", "text is missing (or media or template, on WhatsApp)"));
  return wish;
}

std::array<std::byte, 32> payload_digest(std::string_view body) {
  // nlohmann's plain json keeps members sorted by name, so dump() is canonical.
  const json document = json::parse(body, nullptr, false);
  return relay::crypto::sha256(document.is_discarded() ? std::string{body} : dump(document));
}

std::string render_accepted(const std::vector<relay::Message>& messages) {
  ordered_json out;
  out["id"] = messages.front().id.text();
  out["batch"] = messages.front().batch.text();
  out["messages"] = ordered_json::array();
  for (const auto& message : messages) {
    ordered_json one;
    one["id"] = message.id.text();
    one["to"] = message.to;
    one["state"] = name_of(message.state);
    add_if(one, "reason", message.reason);
    one["segments"] = message.segments;
    one["encoding"] = name_of(message.encoding);
    out["messages"].push_back(std::move(one));
  }
  return dump(out);
}

std::string render_record(const relay::outbox::MessageRecord& record, const relay::Timeline& timeline) {
  return with_attempts(message_json(record.message, timeline), record.attempts);
}

std::string render_list(const std::vector<relay::Message>& messages, int limit, const relay::Timeline& timeline) {
  return page_of(messages, limit, timeline, message_json);
}

std::string render_record_masked(const relay::outbox::MessageRecord& record, const relay::Timeline& timeline) {
  return with_attempts(masked_json(record.message, timeline), record.attempts);
}

std::string render_list_masked(const std::vector<relay::Message>& messages, int limit,
                               const relay::Timeline& timeline) {
  return page_of(messages, limit, timeline, masked_json);
}

std::string render_inbound(const std::vector<relay::outbox::InboundMessage>& messages, std::int64_t after) {
  ordered_json out;
  out["messages"] = ordered_json::array();
  for (const auto& message : messages) {
    ordered_json one;
    one["id"] = message.id;
    one["provider"] = message.provider;
    one["from"] = message.from;
    add_if(one, "to", message.to);
    if (message.data) {
      one["data"] = relay::crypto::base64(std::as_bytes(std::span{*message.data}));
    } else {
      one["text"] = message.text;
    }
    if (message.ports) one["ports"] = {{"destination", message.ports->destination}, {"source", message.ports->source}};
    if (message.message_class) one["class"] = *message.message_class;
    one["received_at"] = format_rfc3339(message.received_at);
    if (message.sent_at) one["sent_at"] = format_rfc3339(*message.sent_at);
    out["messages"].push_back(std::move(one));
  }
  out["next_after"] = messages.empty() ? after : messages.back().id;
  return dump(out);
}

}  // namespace firmware::api
