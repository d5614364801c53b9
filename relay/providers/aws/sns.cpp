#include "relay/providers/aws/sns.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/crypto/encoding.hpp"
#include "relay/json/json.hpp"

namespace relay::providers::aws {
namespace {

using nlohmann::json;

constexpr std::string_view certificate_prefix = "/SimpleNotificationService-";
constexpr std::string_view certificate_suffix = ".pem";
constexpr std::string_view certificate_name = "sns.amazonaws.com";
constexpr std::size_t certificate_digits = 32;
constexpr Millis clock_difference = std::chrono::minutes{15};

std::unexpected<Error> unusable(std::string_view what) {
  return fail(ErrorCode::invalid_argument, concat("the SNS envelope ", what));
}

bool is_region(std::string_view text) {
  return text.size() >= 3 && text.size() <= 32 &&
         std::ranges::all_of(text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string_view name_of(SnsEnvelope::Type type) {
  switch (type) {
    case SnsEnvelope::Type::subscription_confirmation:
      return "SubscriptionConfirmation";
    case SnsEnvelope::Type::unsubscribe_confirmation:
      return "UnsubscribeConfirmation";
    case SnsEnvelope::Type::notification:
      break;
  }
  return "Notification";
}

bool read_type(std::string_view text, SnsEnvelope::Type& type) {
  for (const auto known : {SnsEnvelope::Type::notification, SnsEnvelope::Type::subscription_confirmation,
                           SnsEnvelope::Type::unsubscribe_confirmation}) {
    if (text != name_of(known)) continue;
    type = known;
    return true;
  }
  return false;
}

}  // namespace

Result<SnsEnvelope> parse_envelope(std::string_view text) {
  const json body = parse_json(text);
  if (!body.is_object()) return unusable("is no JSON object");
  SnsEnvelope out;
  if (!read_type(text_of(body, "Type"), out.type)) return unusable("is of no type that SNS posts");
  const std::string version = text_of(body, "SignatureVersion");
  if (version != "1" && version != "2") return unusable("has no signature version 1 or 2");
  out.version = version == "2" ? SnsEnvelope::Version::two : SnsEnvelope::Version::one;
  out.message_id = text_of(body, "MessageId");
  out.topic_arn = text_of(body, "TopicArn");
  out.has_subject = body.contains("Subject") && body["Subject"].is_string();
  out.subject = text_of(body, "Subject");
  out.message = text_of(body, "Message");
  out.token = text_of(body, "Token");
  out.subscribe_url = text_of(body, "SubscribeURL");
  out.timestamp = text_of(body, "Timestamp");
  out.certificate_url = text_of(body, "SigningCertURL");
  const auto signature = crypto::from_base64(text_of(body, "Signature"));
  if (!signature || signature->empty()) return unusable("has no signature in base64");
  out.signature = *signature;
  if (out.message_id.empty() || out.topic_arn.empty() || out.timestamp.empty() || out.certificate_url.empty())
    return unusable("lacks MessageId, TopicArn, Timestamp or SigningCertURL");
  const bool confirmation = out.type != SnsEnvelope::Type::notification;
  if (confirmation && (out.token.empty() || out.subscribe_url.empty())) return unusable("lacks Token or SubscribeURL");
  return out;
}

TopicArn parse_topic(std::string_view arn) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto colon = arn.find(':');
    parts.push_back(arn.substr(0, colon));
    if (colon == std::string_view::npos) break;
    arn.remove_prefix(colon + 1);
  }
  const bool is_topic = parts.size() == 6 && parts[0] == "arn" && parts[2] == "sns" && is_region(parts[3]) &&
                        !parts[4].empty() && !parts[5].empty();
  if (!is_topic) return {};
  return {std::string{parts[1]}, std::string{parts[3]}, std::string{parts[4]}, std::string{parts[5]}};
}

bool is_certificate_url(std::string_view url, const TopicArn& topic) {
  if (topic.region.empty()) return false;
  const bool china = topic.partition == "aws-cn";
  for (const std::string_view port : {"", ":443"}) {
    const std::string start =
        concat("https://sns.", topic.region, ".amazonaws.com", china ? ".cn" : "", port, certificate_prefix);
    if (url.size() != start.size() + certificate_digits + certificate_suffix.size()) continue;
    if (!url.starts_with(start) || !url.ends_with(certificate_suffix)) continue;
    const auto digits = url.substr(start.size(), certificate_digits);
    return std::ranges::all_of(digits, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  }
  return false;
}

std::string string_to_sign(const SnsEnvelope& envelope) {
  std::string out;
  const auto add = [&out](std::string_view key, std::string_view value) {
    out.append(key).append("\n").append(value).append("\n");
  };
  const bool notification = envelope.type == SnsEnvelope::Type::notification;
  add("Message", envelope.message);
  add("MessageId", envelope.message_id);
  if (notification && envelope.has_subject) add("Subject", envelope.subject);
  if (!notification) add("SubscribeURL", envelope.subscribe_url);
  add("Timestamp", envelope.timestamp);
  if (!notification) add("Token", envelope.token);
  add("TopicArn", envelope.topic_arn);
  add("Type", name_of(envelope.type));
  return out;
}

Result<void> check_signature(const SnsEnvelope& envelope, const crypto::Certificate& certificate, WallTime now) {
  if (certificate.common_name() != certificate_name) return unusable("is signed with a certificate that is not SNS's");
  if (!certificate.valid_at(now)) return unusable("is signed with a certificate that is not valid now");
  const auto hash = envelope.version == SnsEnvelope::Version::two ? crypto::Certificate::Hash::sha256
                                                                  : crypto::Certificate::Hash::sha1;
  if (!certificate.verifies(hash, string_to_sign(envelope), envelope.signature))
    return unusable("does not bear the signature of that certificate");
  return {};
}

bool is_fresh(const SnsEnvelope& envelope, WallTime now, Millis window) {
  const auto at = parse_rfc3339(envelope.timestamp);
  return at && *at <= now + clock_difference && *at >= now - window;
}

}  // namespace relay::providers::aws
