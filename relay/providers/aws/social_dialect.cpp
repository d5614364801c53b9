#include "relay/providers/aws/social_dialect.hpp"

#include <array>
#include <string_view>

#include <nlohmann/json.hpp>

#include "relay/crypto/encoding.hpp"
#include "relay/json/json.hpp"
#include "relay/providers/aws/errors.hpp"
#include "relay/providers/common/join.hpp"
#include "relay/providers/common/text.hpp"

namespace relay::providers::aws {
namespace {

using nlohmann::json;

constexpr std::string_view service = "AWS End User Messaging Social";
constexpr TextLimit text_limit{4096, 16'384};
constexpr TextLimit caption_limit{1024, 4096};

using enum Outcome;

// clang-format off
constexpr std::array<ErrorRow, 8> own_rows{{
    {"ValidationException",        "", "", refused, "it will not take this message as it is"},
    {"InvalidParametersException", "", "", refused, "it will not take this message as it is"},
    {"ResourceNotFoundException",  "", "", account, "it does not know this sender; check phone_number_id and region"},
    {"AccessDeniedByMetaException", "", "", account,
     "Meta does not let this WhatsApp account send; look at it in the AWS console"},
    {"LimitExceededException",     "", "", throttled, "the WhatsApp account is at a limit; nothing was sent"},
    {"ThrottledRequestException",  "", "", throttled, throttle_meaning},
    {"InternalServiceException",   "", "", unknown, "it failed inside; the message may be out all the same"},
    {"DependencyException",        "", "", unknown, "Meta gave it no clear answer; the message may be out all the same"},
}};
// clang-format on
constexpr auto rows = join(own_rows, common_rows);

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// Meta fetches `link` itself, so it must be public.
json media_json(const MediaContent& media) {
  json out{{"link", media.url}};
  if (!media.caption.empty() && media.kind != MediaKind::audio) out["caption"] = media.caption;
  if (!media.filename.empty() && media.kind == MediaKind::document) out["filename"] = media.filename;
  return out;
}

/// `reference` is "template:language".
json template_json(std::string_view reference, const std::vector<std::string>& variables) {
  const auto colon = reference.rfind(':');
  json out{{"name", reference.substr(0, colon)}, {"language", {{"code", reference.substr(colon + 1)}}}};
  if (variables.empty()) return out;
  json parameters = json::array();
  for (const auto& value : variables) parameters.push_back({{"type", "text"}, {"text", value}});
  out["components"] = json::array({{{"type", "body"}, {"parameters", std::move(parameters)}}});
  return out;
}

}  // namespace

/// Adds what is said, or tells why it cannot be said here.
std::optional<SendResult> SocialDialect::add_content(const SendRequest& request, json& meta) const {
  const Content& content = request.message->content;
  if (const auto* text = std::get_if<SmsContent>(&content)) {
    if (!fits(text->text, text_limit)) return refused_here("too_long", "WhatsApp takes 4096 characters at most.");
    meta["type"] = "text";
    meta["text"] = {{"preview_url", false}, {"body", outgoing_text(request, options_.repeat_prefix, text_limit)}};
  } else if (const auto* media = std::get_if<MediaContent>(&content)) {
    if (!fits(media->caption, caption_limit))
      return refused_here("too_long", "WhatsApp takes a caption of 1024 characters at most.");
    const std::string kind{name_of(media->kind)};
    meta["type"] = kind;
    meta[kind] = media_json(*media);
  } else if (const auto* form = std::get_if<TemplateContent>(&content)) {
    const auto known = options_.templates.find(form->name);
    if (known == options_.templates.end()) return template_unknown(form->name);
    if (auto refusal = refuses_variables(form->variables)) return refusal;
    meta["type"] = "template";
    meta["template"] = template_json(known->second, form->variables);
  }
  return std::nullopt;
}

std::expected<http::ClientRequest, SendResult> SocialDialect::build(const SendRequest& request) const {
  const Message& message = *request.message;
  if (message.channel != Channel::whatsapp)
    return std::unexpected(refused_here("channel", "This provider carries WhatsApp only."));
  json meta{{"messaging_product", "whatsapp"},
            {"recipient_type", "individual"},
            {"to", message.to},
            {"biz_opaque_callback_data", message.id.text()}};
  if (auto refusal = add_content(request, meta)) return std::unexpected(std::move(*refusal));
  const bool may_choose = includes(options_.allowed_senders, message.from);
  const json body{{"originationPhoneNumberId", may_choose ? message.from : options_.phone_number_id},
                  {"message", crypto::base64(dumped(meta))},
                  {"metaApiVersion", options_.meta_api_version}};
  http::ClientRequest out;
  out.url = options_.base_url + "/v1/whatsapp/send";
  out.headers = {{"Content-Type", "application/json"}};
  out.body = dumped(body);
  return out;
}

SendResult SocialDialect::read(const http::ClientResponse& answer, WallTime now) const {
  if (answer.status < 200 || answer.status > 299) return result_of_error(service, answer, error_of(answer), rows, now);
  std::string id = clean_token(text_of(parse_json(answer.body), "messageId"));
  if (id.empty()) return unreadable_success(service, answer);
  return accepted_as(std::move(id), answer, "AWS took it for WhatsApp.");
}

ProviderError SocialDialect::error_of(const http::ClientResponse& answer) const {
  const json body = parse_json(answer.body);
  if (!body.is_object()) return {};
  std::string type{http::header_value(answer.headers, "x-amzn-ErrorType")};
  if (type.empty()) type = text_of(body, "__type");
  return {
      .code = short_error_name(type), .reason = {}, .evidence = text_of(body, "message") + text_of(body, "Message")};
}

}  // namespace relay::providers::aws
