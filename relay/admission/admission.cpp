#include "relay/admission/admission.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "relay/admission/number.hpp"
#include "relay/base/concat.hpp"
#include "relay/base/planted_fault.hpp"
#include "relay/message/sms_text.hpp"

namespace relay::admission {
namespace {

constexpr std::size_t max_tags = 16;
constexpr std::size_t max_tag_length = 64;
constexpr std::size_t max_url_length = 1024;
constexpr std::int64_t max_whatsapp_characters = 4096;  // Meta's limit
constexpr std::int64_t max_caption_characters = 1024;
constexpr std::size_t max_filename_bytes = 240;
constexpr std::size_t max_template_variables = 100;
constexpr std::int64_t max_variable_characters = 1600;
constexpr Millis retry_when_full{5'000};
constexpr Millis retry_when_disk_low{60'000};

Refusal invalid(std::string_view type, std::string_view title, std::string field, std::string detail) {
  return {.status = 400, .type = type, .title = title, .detail = std::move(detail), .field = std::move(field)};
}

struct Life {
  TimelineTime due;
  TimelineTime expires_at;
};

std::expected<Life, Refusal> life_of(const Wish& wish, MessageClass message_class, const Timeline& timeline,
                                     WallTime wall_now, Millis max_life) {
  constexpr std::string_view type = "expiry-invalid";
  constexpr std::string_view title = "The message's time limits make no sense";
  const TimelineTime now =
      planted(PlantedFault::expiry_by_wall_clock) ? from_ms<TimelineTime>(to_ms(wall_now)) : timeline.now();
  const Millis delay = wish.send_at ? std::max(Millis{0}, *wish.send_at - wall_now) : Millis{0};
  if (wish.expires_in && wish.expires_at) {
    return std::unexpected(invalid(type, title, "expires_in", "give expires_in or expires_at, not both"));
  }
  // The box's limit may be shorter than the class's default: that is no reason to refuse who asked for neither.
  Millis life = policy_of(message_class).default_expiry;
  if (delay < max_life) life = std::min(life, max_life - delay);
  if (wish.expires_in) life = *wish.expires_in;
  if (wish.expires_at) life = *wish.expires_at - wall_now - delay;
  if (life == Millis{0} && !wish.expires_in && !wish.expires_at) {
    return std::unexpected(
        invalid(type, title, "expires_in",
                "class once has no default: say with expires_in or expires_at how long it is wanted"));
  }
  if (life <= Millis{0}) {
    return std::unexpected(
        invalid(type, title, wish.expires_at ? "expires_at" : "expires_in",
                "the message would have expired before it could be sent; its expiry must lie after now and send_at"));
  }
  if (delay + life > max_life) {
    return std::unexpected(invalid(
        type, title, wish.send_at ? "send_at" : "expires_in",
        "send_at and the expiry must lie within " + std::to_string(max_life.count() / 3'600'000) + " hours from now"));
  }
  return Life{now + delay, now + delay + life};
}

std::optional<Refusal> check_extras(const Wish& wish) {
  if (wish.tags.size() > max_tags) {
    return invalid("tags-invalid", "Too many tags", "tags", "a message has at most 16 tags");
  }
  for (const auto& tag : wish.tags) {
    if (tag.empty() || tag.size() > max_tag_length) {
      return invalid("tags-invalid", "A tag is empty or too long", "tags", "a tag has 1 to 64 bytes");
    }
  }
  const std::string& url = wish.callback_url;
  if (!url.empty() && (url.size() > max_url_length || !(url.starts_with("http://") || url.starts_with("https://")))) {
    return invalid("callback-url-invalid", "The callback URL cannot be used", "callback_url",
                   "callback_url must begin with http:// or https:// and have at most 1024 bytes");
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_text(const std::string& text, std::string field, std::int64_t most) {
  auto characters = decode_utf8(text);
  if (characters && !characters->empty() && std::cmp_less_equal(characters->size(), most)) return std::nullopt;
  return invalid(
      "text-invalid", "The text cannot be sent", std::move(field),
      !characters ? characters.error().message : "the text must have 1 to " + std::to_string(most) + " characters");
}

/// The provider fetches it, so whether it can is known there only; here, that it may be tried.
std::optional<Refusal> refuse_media(const Wish& wish) {
  if (!wish.media) return std::nullopt;
  const std::string& url = wish.media->url;
  const bool printable = std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!url.starts_with("https://") || url.size() > max_url_length || url.size() <= 8 || !printable) {
    return invalid("media-invalid", "The medium cannot be sent", "media.url",
                   "media.url must begin with https:// and have at most 1024 printable ASCII characters; the provider "
                   "fetches it, so it must be public");
  }
  const auto& caption = wish.media->caption;
  const auto& filename = wish.media->filename;
  if (!caption.empty()) {
    if (auto refusal = refuse_text(caption, "media.caption", max_caption_characters)) return refusal;
  }
  if (filename.size() > max_filename_bytes || !decode_utf8(filename)) {
    return invalid("media-invalid", "The medium cannot be sent", "media.filename",
                   "media.filename must be UTF-8 of at most 240 bytes");
  }
  return std::nullopt;
}

std::optional<Refusal> refuse_template(const Wish& wish) {
  if (!wish.form) return std::nullopt;
  const std::string& name = wish.form->name;
  const bool is_name = !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (!is_name) {
    return invalid("template-invalid", "The template cannot be used", "template.name",
                   "template.name is 1 to 64 letters, digits, hyphens and underscores, as the providers' setting "
                   "templates says");
  }
  if (wish.form->variables.size() > max_template_variables) {
    return invalid("template-invalid", "The template cannot be used", "template.variables",
                   "a template has at most 100 variables");
  }
  for (const auto& value : wish.form->variables) {
    if (auto refusal = refuse_text(value, "template.variables", max_variable_characters)) return refusal;
  }
  return std::nullopt;
}

std::expected<std::vector<std::string>, Refusal> recipients_of(const Wish& wish) {
  std::vector<std::string> recipients;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < wish.to.size(); ++i) {
    auto number = normalise_number(wish.to[i]);
    if (!number) {
      const std::string field = wish.to.size() == 1 ? "to" : "to[" + std::to_string(i) + "]";
      return std::unexpected(
          invalid("number-invalid", "A recipient's number cannot be used", field, number.error().message));
    }
    if (seen.insert(*number).second) recipients.push_back(std::move(*number));
  }
  if (recipients.empty())
    return std::unexpected(invalid("number-invalid", "No recipient", "to", "give at least one number in to"));
  return recipients;
}

}  // namespace

std::optional<Refusal> Admission::refuse_channels(const Wish& wish) const {
  const auto refuse = [](std::string field, Channel channel) {
    return invalid("channel-unavailable", "This box has no way for that channel", std::move(field),
                   concat("channel ", name_of(channel), " is not configured; see [chain] in the box's settings"));
  };
  const auto available = [this](Channel channel) { return std::ranges::find(channels_, channel) != channels_.end(); };
  if (!available(wish.channel)) return refuse("channel", wish.channel);
  if (!wish.fallback) return std::nullopt;
  if (wish.channel != Channel::whatsapp || wish.fallback->channel != Channel::sms) {
    return invalid("fallback-invalid", "The message cannot fall back so", "fallback",
                   "a message of channel whatsapp may fall back to channel sms, and nothing else to anything");
  }
  if (!available(wish.fallback->channel)) return refuse("fallback.channel", wish.fallback->channel);
  return std::nullopt;
}

std::expected<Admission::Said, Refusal> Admission::said_by(const Wish& wish) const {
  const int kinds = (wish.text.empty() ? 0 : 1) + (wish.media ? 1 : 0) + (wish.form ? 1 : 0);
  const bool is_sms = wish.channel == Channel::sms;
  if (is_sms && (wish.media || wish.form)) {
    return std::unexpected(invalid("content-invalid", "An SMS is a text", wish.media ? "media" : "template",
                                   "media and template are for channel whatsapp"));
  }
  if (kinds > 1) {
    return std::unexpected(invalid("content-invalid", "A message says one thing", "text",
                                   "give one of text, media and template; a medium has a caption of its own"));
  }
  if (auto refusal = refuse_media(wish)) return std::unexpected(std::move(*refusal));
  if (auto refusal = refuse_template(wish)) return std::unexpected(std::move(*refusal));
  Said said;
  if (wish.media) {
    said.content = *wish.media;
  } else if (wish.form) {
    said.content = *wish.form;
  } else {
    const auto most = is_sms ? settings_.max_text_characters : max_whatsapp_characters;
    if (auto refusal = refuse_text(wish.text, "text", most)) return std::unexpected(std::move(*refusal));
    said.content = SmsContent{wish.text};
  }
  if (wish.fallback) {
    if (auto refusal = refuse_text(wish.fallback->text, "fallback.text", settings_.max_text_characters))
      return std::unexpected(std::move(*refusal));
  }
  if (!is_sms && !wish.fallback) return said;
  auto parts = split_sms(is_sms ? wish.text : wish.fallback->text);
  if (!parts) return std::unexpected(invalid("text-invalid", "The text cannot be sent", "text", parts.error().message));
  said.segments = static_cast<std::int32_t>(parts->parts.size());
  said.encoding = parts->encoding;
  return said;
}

std::optional<Refusal> Admission::refuse_for_load(MessageClass message_class, std::size_t count,
                                                  const Load& load) const {
  if (load.over_limit_for) {
    return Refusal{.status = 429,
                   .type = "daily-limit-reached",
                   .title = "This application has sent what it may send today",
                   .detail = "GET /v1/usage tells its limit and when the day ends; the box's operator may raise it",
                   .retry_after = load.over_limit_for};
  }
  const bool alarm = message_class == MessageClass::alarm;
  const std::int64_t more = static_cast<std::int64_t>(count);
  if (load.free_disk_bytes && !alarm) {
    const bool critical = *load.free_disk_bytes < settings_.critical_disk_bytes;
    if (critical || (message_class == MessageClass::bulk && *load.free_disk_bytes < settings_.low_disk_bytes)) {
      return Refusal{.status = 503,
                     .type = "storage-low",
                     .title = "The box is nearly out of disk space",
                     .detail = critical ? "only alarms are accepted until space is free again"
                                        : "no bulk messages are accepted until space is free again",
                     .retry_after = retry_when_disk_low};
    }
  }
  const bool no_reserve = alarm || planted(PlantedFault::alarm_reserve_ignored);
  const std::int64_t bound = no_reserve ? settings_.max_queued : settings_.max_queued - settings_.max_queued / 10;
  if (load.queued + more > bound) {
    return Refusal{.status = 503,
                   .type = "queue-full",
                   .title = "The box's queue is full",
                   .detail = std::to_string(load.queued) + " messages are waiting; try again later",
                   .retry_after = retry_when_full};
  }
  const std::int64_t share = settings_.max_queued_per_app;
  if (load.queued_by_app + more > (no_reserve ? share : share - share / 10)) {
    return Refusal{.status = 429,
                   .type = "app-queue-full",
                   .title = "This application's share of the queue is full",
                   .detail = std::to_string(load.queued_by_app) + " of its messages are waiting; try again later",
                   .retry_after = retry_when_full};
  }
  return std::nullopt;
}

std::expected<std::vector<Message>, Refusal> Admission::admit(const Wish& wish, AppId app, MessageClass default_class,
                                                              const Load& load, const Timeline& timeline,
                                                              WallTime wall_now) const {
  const MessageClass message_class = wish.message_class.value_or(default_class);
  if (auto refusal = refuse_channels(wish)) return std::unexpected(std::move(*refusal));
  if (static_cast<std::int64_t>(wish.to.size()) > settings_.max_recipients) {
    return std::unexpected(
        invalid("too-many-recipients", "Too many recipients", "to",
                "one submission has at most " + std::to_string(settings_.max_recipients) + " recipients"));
  }
  auto recipients = recipients_of(wish);
  if (!recipients) return std::unexpected(std::move(recipients.error()));
  const auto said = said_by(wish);
  if (!said) return std::unexpected(said.error());
  std::string from;
  if (!wish.from.empty()) {
    auto sender = normalise_sender(wish.from);
    if (!sender)
      return std::unexpected(invalid("sender-invalid", "The sender cannot be used", "from", sender.error().message));
    from = std::move(*sender);
  }
  if (auto refusal = check_extras(wish)) return std::unexpected(std::move(*refusal));
  const auto life = life_of(wish, message_class, timeline, wall_now, settings_.max_life);
  if (!life) return std::unexpected(life.error());
  if (auto refusal = refuse_for_load(message_class, recipients->size(), load))
    return std::unexpected(std::move(*refusal));

  std::vector<Message> messages;
  messages.reserve(recipients->size());
  for (auto& recipient : *recipients) {
    Message message;
    message.app = app;
    message.channel = wish.channel;
    message.message_class = message_class;
    message.to = std::move(recipient);
    message.from = from;
    message.content = said->content;
    message.fallback = wish.fallback;
    message.tags = wish.tags;
    message.callback_url = wish.callback_url;
    message.accepted_at = wall_now;
    message.due = life->due;
    message.expires_at = life->expires_at;
    message.segments = said->segments;
    message.encoding = said->encoding;
    messages.push_back(std::move(message));
  }
  return messages;
}

const config::Table& settings_table() {
  using enum config::Type;
  static constexpr std::array settings{
      config::Setting{.name = "max_queued",
                      .type = integer,
                      .default_value = "200000",
                      .text = "Messages that may wait on the box; a tenth of the places is kept for alarms.",
                      .min = 100,
                      .max = 10'000'000,
                      .reloadable = true},
      config::Setting{
          .name = "max_queued_per_app",
          .type = integer,
          .default_value = "100000",
          .text = "Messages of one application that may wait; a tenth of the places is kept for its alarms.",
          .min = 10,
          .max = 10'000'000,
          .reloadable = true},
      config::Setting{.name = "max_recipients",
                      .type = integer,
                      .default_value = "1000",
                      .text = "Recipients in one submission.",
                      .min = 1,
                      .max = 10'000,
                      .reloadable = true},
      config::Setting{.name = "max_text_characters",
                      .type = integer,
                      .default_value = "1600",
                      .text = "Characters in a text (Twilio and AWS take 1600).",
                      .min = 1,
                      .max = 4096,
                      .reloadable = true},
      config::Setting{.name = "max_life",
                      .type = duration,
                      .default_value = "7d",
                      .text = "How far in the future send_at and the expiry may lie.",
                      .min = 60'000,
                      .max = 90LL * 86'400'000,
                      .reloadable = true},
      config::Setting{.name = "low_disk",
                      .type = bytes,
                      .default_value = "64MiB",
                      .text = "With less free space than this no bulk messages are accepted.",
                      .min = 0,
                      .reloadable = true},
      config::Setting{.name = "critical_disk",
                      .type = bytes,
                      .default_value = "16MiB",
                      .text = "With less free space than this only alarms are accepted.",
                      .min = 0,
                      .reloadable = true},
  };
  static constexpr config::Table table{
      .path = "admission", .kind = "", .text = "What may enter the queue.", .settings = settings};
  return table;
}

AdmissionSettings read_settings(const config::Section& section) {
  return {.max_queued = section.integer("max_queued"),
          .max_queued_per_app = section.integer("max_queued_per_app"),
          .max_recipients = section.integer("max_recipients"),
          .max_text_characters = section.integer("max_text_characters"),
          .max_life = section.duration("max_life"),
          .low_disk_bytes = section.integer("low_disk"),
          .critical_disk_bytes = section.integer("critical_disk")};
}

}  // namespace relay::admission
