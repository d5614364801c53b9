#include "relay/providers/aws/eum_dialect.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <nlohmann/json.hpp>

#include "relay/json/json.hpp"
#include "relay/providers/aws/errors.hpp"
#include "relay/providers/aws/json_error.hpp"
#include "relay/providers/common/join.hpp"
#include "relay/providers/common/text.hpp"

namespace relay::providers::aws {
namespace {

using nlohmann::json;

constexpr std::string_view service = "AWS End User Messaging";
constexpr TextLimit text_limit{1600, 6400};          // MessageBody; the limit is in characters
constexpr std::chrono::seconds min_time_to_live{5};  // TimeToLive
constexpr std::chrono::seconds max_time_to_live{259'200};

constexpr std::string_view country_meaning =
    "this account may not send to the recipient's country; enable it in the AWS console";
constexpr std::string_view setup_meaning =
    "the account's set-up does not allow this message; check origination_identity and its number";
constexpr std::string_view content_meaning = "it will not take this message as it is";

using enum Outcome;

// clang-format off
constexpr std::array<ErrorRow, 33> own_rows{{
    {"ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", "", recipient_refused,
     "the recipient has opted out", true},
    {"ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", "", recipient_refused,
     "the account's protect configuration blocks this number"},
    {"ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", "", refused,
     "the account's protect configuration blocks the recipient's country"},
    {"ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "", account,
     "the account is in the sandbox and the number is not verified; move the account out of the sandbox"},
    {"ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", "", account, setup_meaning},
    {"ConflictException", "RESOURCE_NOT_ACTIVE", "", account, setup_meaning},
    {"ConflictException", "MESSAGE_TYPE_MISMATCH", "", account, setup_meaning},
    {"ConflictException", "NUMBER_CAPABILITIES_MISMATCH", "", account, setup_meaning},
    // A country that is not enabled is no fault of the whole account: a breaker would close the way to all others.
    {"ValidationException", "COUNTRY_NOT_ENABLED", "", refused, country_meaning},
    {"ValidationException", "DESTINATION_COUNTRY_BLOCKED", "", refused, country_meaning},
    {"ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED", "", refused, country_meaning},
    {"ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", "", refused, country_meaning},
    {"ValidationException", "SENDER_ID_*", "", refused, "the sender id may not be used for the recipient's country"},
    // Narrow before wide: the field that was found wrong, then the reason.
    {"ValidationException", "", "[DestinationPhoneNumber]", recipient_refused, "the recipient's number is not valid"},
    {"ValidationException", "INVALID_PARAMETER", "", refused, content_meaning},
    {"ValidationException", "MISSING_PARAMETER", "", refused, content_meaning},
    {"ValidationException", "FIELD_VALIDATION_FAILED", "", refused, content_meaning},
    {"ValidationException", "CANNOT_PARSE", "", refused, content_meaning},
    {"ValidationException", "PRICE_OVER_THRESHOLD", "", refused, "it would cost more than max_price"},
    {"ValidationException", "", "", refused, content_meaning},
    {"ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", "", account,
     "the account's monthly spend limit is reached; raise it in the AWS console"},
    {"ServiceQuotaExceededException", "DAILY_*", "", account, "the account's daily quota is used up"},
    {"ServiceQuotaExceededException", "", "", account, "a quota of the account is used up"},
    {"AccessDeniedException", "ACCOUNT_DISABLED", "", account,
     "AWS has disabled this account for SMS; open a support case"},
    {"AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION", "", account,
     "AWS holds back this account for its reputation; open a support case"},
    {"AccessDeniedException", "", "", account,
     "this key may not send; allow sms-voice:SendTextMessage in its IAM policy"},
    {"ResourceNotFoundException", "", "", account,
     "AWS does not know origination_identity or configuration_set in this region; check both, and region"},
    {"ConflictException", "", "", refused, setup_meaning},
    {"InternalServerException", "", "", unknown, "AWS failed inside; it may have taken the message all the same"},
    {"InternalServiceException", "", "", unknown, "AWS failed inside; it may have taken the message all the same"},
    {"InternalError", "", "", unknown, "AWS failed inside; it may have taken the message all the same"},
    {"DependencyException", "", "", unknown, "a carrier of AWS failed; it may have taken the message all the same"},
    {"ServiceUnavailable*", "", "", unavailable, "AWS is out of service; nothing was sent"},
}};
// clang-format on
constexpr auto rows = join(own_rows, common_rows);

}  // namespace

std::expected<http::ClientRequest, SendResult> EumDialect::build(const SendRequest& request) const {
  const Message& message = *request.message;
  const auto* sms = std::get_if<SmsContent>(&message.content);
  if (sms == nullptr || message.channel != Channel::sms) {
    return std::unexpected(refused_here("channel", "This provider carries SMS only."));
  }
  if (!fits(sms->text, text_limit)) {
    return std::unexpected(refused_here("too_long", "AWS End User Messaging takes 1600 characters at most."));
  }
  const bool may_choose = includes(options_.allowed_senders, message.from);
  const auto life = std::chrono::floor<std::chrono::seconds>(request.life_left);

  json body{{"DestinationPhoneNumber", message.to},
            {"MessageBody", outgoing_text(request, options_.repeat_prefix, text_limit)},
            {"MessageType", message.message_class == MessageClass::bulk ? "PROMOTIONAL" : "TRANSACTIONAL"},
            {"TimeToLive", std::clamp(life, min_time_to_live, max_time_to_live).count()},
            {"Context", {{"rid", message.id.text()}}}};
  const auto add = [](json& object, const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
  };
  add(body, "OriginationIdentity", may_choose ? message.from : options_.origination_identity);
  add(body, "ConfigurationSetName", options_.configuration_set);
  add(body, "Keyword", options_.keyword);
  add(body, "MaxPrice", options_.max_price);
  json country = json::object();
  add(country, "IN_ENTITY_ID", options_.in_entity_id);
  add(country, "IN_TEMPLATE_ID", options_.in_template_id);
  if (!country.empty()) body["DestinationCountryParameters"] = std::move(country);

  http::ClientRequest out;
  out.url = options_.base_url + "/";
  out.headers = {{"Content-Type", "application/x-amz-json-1.0"},
                 {"X-Amz-Target", "PinpointSMSVoiceV2.SendTextMessage"}};
  out.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  return out;
}

SendResult EumDialect::read(const http::ClientResponse& answer, WallTime now) const {
  if (answer.status < 200 || answer.status > 299) return result_of_error(service, answer, error_of(answer), rows, now);
  std::string id = clean_token(text_of(parse_json(answer.body), "MessageId"));
  if (id.empty()) return unreadable_success(service, answer);
  return accepted_as(std::move(id), answer, "AWS End User Messaging took it.");
}

ProviderError EumDialect::error_of(const http::ClientResponse& answer) const { return json_error_of(answer); }

}  // namespace relay::providers::aws
