#include "relay/link/message_json.hpp"

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/json/json.hpp"

namespace relay::link {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t max_life_ms = std::int64_t{31} * 24 * 3'600'000;
constexpr std::size_t max_recipient = 64;
constexpr std::size_t max_text = 32U << 10U;
constexpr std::size_t max_prefix = 160;  // 40 characters

std::unexpected<Error> refuse(std::string_view member, std::string_view why) {
  return fail(ErrorCode::invalid_argument, concat(member, ": ", why));
}

ordered_json content_of(const Handover& handover) {
  const Message& message = handover.message;
  ordered_json out;
  out["to"] = message.to;
  out["channel"] = name_of(message.channel);
  out["class"] = name_of(message.message_class);
  if (!message.from.empty()) out["from"] = message.from;
  if (const auto* text = std::get_if<SmsContent>(&message.content)) out["text"] = text->text;
  if (const auto* media = std::get_if<MediaContent>(&message.content)) {
    out["media"] = {{"kind", name_of(media->kind)},
                    {"url", media->url},
                    {"caption", media->caption},
                    {"filename", media->filename}};
  }
  if (const auto* form = std::get_if<TemplateContent>(&message.content))
    out["template"] = {{"name", form->name}, {"variables", form->variables}};
  return out;
}

std::string dump(const ordered_json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Result<Content> read_content(const json& body) {
  if (const auto media = body.find("media"); media != body.end() && media->is_object()) {
    const auto kind = parse_media_kind(text_of(*media, "kind"));
    if (!kind || text_of(*media, "url").empty()) return refuse("media", "has a kind and a url");
    return MediaContent{*kind, text_of(*media, "url"), text_of(*media, "caption"), text_of(*media, "filename")};
  }
  if (const auto form = body.find("template"); form != body.end() && form->is_object()) {
    TemplateContent content{.name = text_of(*form, "name"), .variables = {}};
    if (content.name.empty()) return refuse("template", "has a name");
    if (const auto variables = form->find("variables"); variables != form->end() && variables->is_array()) {
      for (const auto& one : *variables) {
        if (one.is_string()) content.variables.push_back(one.get<std::string>());
      }
    }
    return content;
  }
  SmsContent content{text_of(body, "text")};
  if (content.text.empty() || content.text.size() > max_text)
    return refuse("text", "one of text, media and template must say something, in 32 KiB");
  return content;
}

}  // namespace

std::string content_json(const Handover& handover) { return dump(content_of(handover)); }

std::string to_json(const Handover& handover) {
  ordered_json out = content_of(handover);
  out["attempt"] = handover.attempt;
  out["life_ms"] = handover.life_left.count();
  out["segments"] = handover.message.segments;
  out["encoding"] = name_of(handover.message.encoding);
  if (!handover.repeat_prefix.empty()) out["repeat_prefix"] = handover.repeat_prefix;
  return dump(out);
}

Result<Handover> handover_from_json(std::string_view text) {
  const json body = parse_json(text);
  if (!body.is_object()) return refuse("body", "must be a JSON object");
  Handover out;
  Message& message = out.message;
  message.to = text_of(body, "to");
  if (message.to.empty() || message.to.size() > max_recipient) return refuse("to", "has 1 to 64 characters");
  message.from = text_of(body, "from");
  if (message.from.size() > max_recipient) return refuse("from", "has at most 64 characters");
  const auto channel = parse_channel(text_of(body, "channel"));
  if (!channel) return refuse("channel", "is sms or whatsapp");
  message.channel = *channel;
  const auto message_class = parse_message_class(text_of(body, "class"));
  if (!message_class) return refuse("class", "is alarm, otp, once, info or bulk");
  message.message_class = *message_class;
  auto content = read_content(body);
  if (!content) return std::unexpected(content.error());
  message.content = std::move(*content);
  const auto attempt = number_of(body, "attempt");
  if (attempt < 1 || attempt > 100'000) return refuse("attempt", "is a number from 1");
  out.attempt = static_cast<std::int32_t>(attempt);
  const auto life = number_of(body, "life_ms");
  if (life < 1 || life > max_life_ms) return refuse("life_ms", "is the time until the expiry, 1 ms to 31 days");
  out.life_left = Millis{life};
  const auto segments = number_of(body, "segments");
  message.segments = segments > 0 && segments < 256 ? static_cast<std::int32_t>(segments) : 1;
  message.encoding = text_of(body, "encoding") == name_of(TextEncoding::ucs2) ? TextEncoding::ucs2 : TextEncoding::gsm7;
  out.repeat_prefix = text_of(body, "repeat_prefix");
  if (out.repeat_prefix.size() > max_prefix) return refuse("repeat_prefix", "has at most 40 characters");
  return out;
}

std::string to_json(const Progress& progress) {
  ordered_json out;
  out["ref"] = progress.ref;
  out["state"] = name_of(progress.state);
  if (!progress.reason.empty()) out["reason"] = progress.reason;
  out["not_sent"] = progress.not_sent;
  return dump(out);
}

Result<Progress> progress_from_json(std::string_view text) {
  const json body = parse_json(text);
  if (!body.is_object()) return refuse("body", "must be a JSON object");
  const auto state = parse_state(text_of(body, "state"));
  Progress out{.ref = text_of(body, "ref"), .reason = text_of(body, "reason")};
  if (!state || out.ref.empty() || out.ref.size() > max_recipient) return refuse("body", "lacks its ref or state");
  out.state = *state;
  out.not_sent = is_set(body, "not_sent");
  return out;
}

}  // namespace relay::link
