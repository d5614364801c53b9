#include "relay/providers/aws/sns_dialect.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "relay/providers/aws/errors.hpp"
#include "relay/providers/common/join.hpp"
#include "relay/providers/common/text.hpp"

namespace relay::providers::aws {
namespace {

constexpr std::string_view service = "AWS SNS";
constexpr TextLimit text_limit{1600, 1600};  // bytes

// clang-format off
constexpr std::array<ErrorRow, 14> own_rows{{
    {"InvalidParameter", "", "is not valid to publish to", Outcome::recipient_refused,
     "the recipient's number is not valid"},
    {"InvalidParameter", "", "", Outcome::refused, "it will not take this message as it is"},
    {"ParameterValueInvalid", "", "", Outcome::refused, "it will not take this message as it is"},
    {"ValidationException", "", "", Outcome::refused, "it will not take this message as it is"},
    {"EndpointDisabled", "", "", Outcome::refused, "the end point is disabled"},
    {"OptedOut", "", "", Outcome::recipient_refused, "the recipient has opted out", true},
    {"NotFound", "", "", Outcome::account, "AWS does not know what the request names; check region and base_url"},
    {"AuthorizationError", "", "", Outcome::account, "this key may not send; allow sns:Publish in its IAM policy"},
    {"AccessDenied*", "", "", Outcome::account, "this key may not send; allow sns:Publish in its IAM policy"},
    {"InvalidSecurity", "", "", Outcome::account, "the signature is wrong; check secret_access_key and region"},
    {"KMS*", "", "", Outcome::account, "a KMS key of the account refused; check the account's set-up"},
    {"InternalError", "", "", Outcome::unknown, "AWS failed inside; it may have taken the message all the same"},
    {"InternalFailure", "", "", Outcome::unknown, "AWS failed inside; it may have taken the message all the same"},
    {"ServiceUnavailable*", "", "", Outcome::unavailable, "AWS is out of service; nothing was sent"},
}};
// clang-format on
constexpr auto rows = join(own_rows, common_rows);

/// The content of the first element <name> within `xml`, at most `max_size` bytes; else empty. SNS's answers are flat,
/// have fixed names, and of them we read four words: an XML library would bring more code (and more ways to be
/// attacked: entities, depth) than it saves. Attributes, comments and entities are not understood, and nothing depends
/// on them.
std::string_view element(std::string_view xml, std::string_view name, std::size_t max_size) {
  const std::string open = "<" + std::string(name) + ">";
  const auto start = xml.find(open);
  if (start == std::string_view::npos) return {};
  xml.remove_prefix(start + open.size());
  const auto end = xml.find('<');
  if (end == std::string_view::npos || end > max_size) return {};
  return xml.substr(end).starts_with("</" + std::string(name) + ">") ? xml.substr(0, end) : std::string_view{};
}

/// MessageAttributes are numbered from 1.
class Attributes {
 public:
  explicit Attributes(FormBody& form) : form_(form) {}
  void add(std::string_view name, std::string_view type, std::string_view value) {
    if (value.empty()) return;
    const std::string entry = "MessageAttributes.entry." + std::to_string(++count_);
    form_.add(entry + ".Name", name).add(entry + ".Value.DataType", type).add(entry + ".Value.StringValue", value);
  }

 private:
  FormBody& form_;
  int count_ = 0;
};

}  // namespace

std::expected<http::ClientRequest, SendResult> SnsDialect::build(const SendRequest& request) const {
  const Message& message = *request.message;
  const auto* sms = std::get_if<SmsContent>(&message.content);
  if (sms == nullptr || message.channel != Channel::sms) {
    return std::unexpected(refused_here("channel", "This provider carries SMS only."));
  }
  if (!fits(sms->text, text_limit))
    return std::unexpected(refused_here("too_long", "AWS SNS takes 1600 bytes of text at most."));

  FormBody form;
  form.add("Action", "Publish").add("Version", "2010-03-31").add("PhoneNumber", message.to);
  form.add("Message", outgoing_text(request, options_.repeat_prefix, text_limit));
  const bool may_choose = includes(options_.allowed_senders, message.from);
  Attributes attributes(form);
  attributes.add("AWS.SNS.SMS.SMSType", "String",
                 message.message_class == MessageClass::bulk ? "Promotional" : "Transactional");
  attributes.add("AWS.SNS.SMS.SenderID", "String", may_choose ? message.from : options_.sender_id);
  attributes.add("AWS.MM.SMS.OriginationNumber", "String", options_.origination_number);
  attributes.add("AWS.SNS.SMS.MaxPrice", "Number", options_.max_price);
  attributes.add("AWS.MM.SMS.EntityId", "String", options_.in_entity_id);
  attributes.add("AWS.MM.SMS.TemplateId", "String", options_.in_template_id);

  http::ClientRequest out;
  out.url = options_.base_url + "/";
  out.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  out.body = form.take();
  return out;
}

SendResult SnsDialect::read(const http::ClientResponse& answer, WallTime now) const {
  if (answer.status < 200 || answer.status > 299) return result_of_error(service, answer, error_of(answer), rows, now);
  std::string id = clean_token(element(answer.body, "MessageId", 128));
  if (id.empty()) return unreadable_success(service, answer);
  SendResult result;
  result.outcome = Outcome::accepted;
  result.provider_ref = std::move(id);
  result.code = std::to_string(answer.status);
  result.detail = "AWS SNS took it (request " + clean_token(element(answer.body, "RequestId", 128)) + ").";
  return result;
}

ProviderError SnsDialect::error_of(const http::ClientResponse& answer) const {
  return {.code = std::string(element(answer.body, "Code", 128)),
          .reason = {},
          .evidence = std::string(element(answer.body, "Message", 1024))};
}

}  // namespace relay::providers::aws
