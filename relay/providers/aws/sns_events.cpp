#include "relay/providers/aws/sns_events.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "relay/base/concat.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/json/json.hpp"
#include "relay/providers/common/answer.hpp"

namespace relay::providers::aws {
namespace {

using nlohmann::json;

constexpr std::size_t max_events = 64;
constexpr std::uint64_t year_10000_ms = 253'402'300'800'000;  // no date beyond it can be written (RFC 3339)

struct Word {
  std::string_view name;
  int rank;
  ReceiptStatus receipt;
};

/// eventType of End User Messaging SMS, behind "TEXT_" (facts: cloud-apis.md 5, interfaces.md 4.9). SUCCESSFUL says
/// that the carrier took it, and no handset; in some countries it is the last word (isFinal), and still proves no
/// delivery.
constexpr std::array<Word, 15> sms_words{{
    {"QUEUED", 1, ReceiptStatus::pending},
    {"PENDING", 2, ReceiptStatus::pending},
    {"SENT", 3, ReceiptStatus::pending},
    {"SUCCESSFUL", 4, ReceiptStatus::pending},
    {"DELIVERED", final_rank, ReceiptStatus::delivered},
    {"INVALID", final_rank, ReceiptStatus::failed},
    {"INVALID_MESSAGE", final_rank, ReceiptStatus::failed},
    {"SPAM", final_rank, ReceiptStatus::failed},
    {"CARRIER_BLOCKED", final_rank, ReceiptStatus::failed},
    {"BLOCKED", final_rank, ReceiptStatus::failed},
    {"UNREACHABLE", final_rank, ReceiptStatus::failed},
    {"CARRIER_UNREACHABLE", final_rank, ReceiptStatus::failed},
    {"TTL_EXPIRED", final_rank, ReceiptStatus::failed},
    {"PROTECT_BLOCKED", final_rank, ReceiptStatus::failed},
    {"UNKNOWN", final_rank, ReceiptStatus::unknown},
}};

/// statuses[].status of WhatsApp (facts: cloud-apis.md 6).
constexpr std::array<Word, 4> whatsapp_words{{
    {"sent", 3, ReceiptStatus::pending},
    {"delivered", final_rank, ReceiptStatus::delivered},
    {"read", final_rank + 1, ReceiptStatus::delivered},
    {"failed", final_rank, ReceiptStatus::failed},
}};

template <std::size_t N>
void apply_word(const std::array<Word, N>& words, std::string_view name, WebhookEvent& event) {
  const auto* word = std::ranges::find(words, name, &Word::name);
  if (word == words.end()) return;
  event.rank = word->rank;
  event.receipt = word->receipt;
}

/// A string, or the digits of an integer: the codes of WhatsApp come as both.
std::string scalar_of(const json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  if (found == object.end()) return {};
  if (found->is_string()) return found->get<std::string>();
  return found->is_number_integer() ? std::to_string(found->get<std::int64_t>()) : std::string{};
}

json object_of(const json& object, const char* name) {
  if (!object.is_object() || !object.contains(name)) return json::object();
  return object[name];
}

/// The elements of a member that is an array; none when it is not.
std::vector<json> elements_of(const json& object, const char* name) {
  const json member = object_of(object, name);
  return member.is_array() ? member.get<std::vector<json>>() : std::vector<json>{};
}

std::string e164(std::string number) {
  if (!number.empty() && number.front() >= '0' && number.front() <= '9') number.insert(number.begin(), '+');
  return number;
}

std::string cost_in(const json& object, const char* name) {
  const json price = object_of(object, name);
  return price.is_number() ? price.dump() + " USD" : std::string{};
}

WallTime time_of(const SnsEnvelope& envelope) { return parse_rfc3339(envelope.timestamp).value_or(WallTime{}); }

WebhookEvent sms_receipt(const json& event, const SnsEnvelope& envelope) {
  WebhookEvent out;
  out.provider = "aws";
  out.at = time_of(envelope);
  const json at = object_of(event, "eventTimestamp");
  if (at.is_number_unsigned() && at.get<std::uint64_t>() < year_10000_ms) {
    out.at = from_ms<WallTime>(at.get<std::int64_t>());
  }
  out.status = clean_token(scalar_of(event, "eventType"), 64);
  std::string_view word = out.status;
  if (word.starts_with("TEXT_")) word.remove_prefix(5);
  apply_word(sms_words, word, out);
  out.ref = clean_token(scalar_of(event, "messageId"));
  out.message = clean_token(scalar_of(object_of(event, "context"), "rid"), 64);
  out.ours = scalar_of(event, "originationPhoneNumber");
  out.to = scalar_of(event, "destinationPhoneNumber");
  out.code = out.receipt == ReceiptStatus::failed ? clean_token(scalar_of(event, "messageStatus"), 64) : "";
  out.cost = cost_in(event, "totalMessagePrice");
  const json parts = object_of(event, "totalMessageParts");
  if (parts.is_number_integer()) out.segments = std::clamp(parts.get<int>(), 0, 255);
  out.fingerprint = concat("aws/", out.ref, "/", out.status);
  return out;
}

WebhookEvent sms_inbound(const json& event, const SnsEnvelope& envelope) {
  WebhookEvent out;
  out.kind = WebhookEvent::Kind::inbound;
  out.provider = "aws";
  out.at = time_of(envelope);
  out.ref = clean_token(scalar_of(event, "inboundMessageId"));
  out.from = e164(scalar_of(event, "originationNumber"));
  out.ours = e164(scalar_of(event, "destinationNumber"));
  out.text = scalar_of(event, "messageBody");
  out.fingerprint = concat("aws/", out.ref.empty() ? envelope.message_id : out.ref, "/received");
  return out;
}

WebhookEvent whatsapp_receipt(const json& status, const std::string& ours, const SnsEnvelope& envelope) {
  WebhookEvent out;
  out.channel = Channel::whatsapp;
  out.provider = "aws";
  out.at = time_of(envelope);
  out.ref = clean_token(scalar_of(status, "id"));
  out.message = clean_token(scalar_of(status, "biz_opaque_callback_data"), 64);
  out.status = clean_token(scalar_of(status, "status"), 32);
  apply_word(whatsapp_words, out.status, out);
  out.ours = ours;
  out.to = e164(scalar_of(status, "recipient_id"));
  const auto errors = elements_of(status, "errors");
  if (!errors.empty()) out.code = clean_token(scalar_of(errors.front(), "code"), 16);
  out.fingerprint = concat("aws-whatsapp/", out.ref, "/", out.status);
  return out;
}

/// Text, the caption of media, or what a button said. Media stay at AWS; its id is told.
WebhookEvent whatsapp_inbound(const json& message, const std::string& ours, const SnsEnvelope& envelope) {
  WebhookEvent out;
  out.kind = WebhookEvent::Kind::inbound;
  out.channel = Channel::whatsapp;
  out.provider = "aws";
  out.at = time_of(envelope);
  out.ref = clean_token(scalar_of(message, "id"));
  out.from = e164(scalar_of(message, "from"));
  out.ours = ours;
  const std::string type = scalar_of(message, "type");
  const json content = type.empty() ? json::object() : object_of(message, type.c_str());
  out.text = type == "text" ? scalar_of(content, "body") : scalar_of(content, type == "button" ? "text" : "caption");
  if (const auto media = scalar_of(content, "id"); !media.empty() && type != "text") {
    out.media.push_back({.url = "aws-media:" + clean_token(media), .type = scalar_of(content, "mime_type")});
  }
  out.fingerprint = concat("aws-whatsapp/", out.ref, "/received");
  return out;
}

void read_whatsapp(const json& event, const SnsEnvelope& envelope, std::vector<WebhookEvent>& out) {
  const json entry = parse_json(scalar_of(event, "whatsAppWebhookEntry"));
  for (const json& change : elements_of(entry, "changes")) {
    const json value = object_of(change, "value");
    const std::string ours = e164(scalar_of(object_of(value, "metadata"), "display_phone_number"));
    for (const json& status : elements_of(value, "statuses")) {
      if (out.size() < max_events) out.push_back(whatsapp_receipt(status, ours, envelope));
    }
    for (const json& message : elements_of(value, "messages")) {
      if (out.size() < max_events) out.push_back(whatsapp_inbound(message, ours, envelope));
    }
  }
}

}  // namespace

std::vector<WebhookEvent> read_events(const SnsEnvelope& envelope) {
  std::vector<WebhookEvent> out;
  const json event = parse_json(envelope.message);
  if (!event.is_object()) return out;
  if (event.contains("whatsAppWebhookEntry")) {
    read_whatsapp(event, envelope, out);
  } else if (scalar_of(event, "eventType").starts_with("TEXT_")) {
    out.push_back(sms_receipt(event, envelope));
  } else if (event.contains("originationNumber") && event.contains("messageBody")) {
    out.push_back(sms_inbound(event, envelope));
  }
  std::erase_if(out, [](const WebhookEvent& e) { return e.ref.empty() && e.kind == WebhookEvent::Kind::receipt; });
  return out;
}

}  // namespace relay::providers::aws
