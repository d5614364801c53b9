// What anybody may send to the bridge's webhooks, what the bridge and a box may send to each other, and what SQS may
// hand out. Input: one octet, then the body.
#include <algorithm>

#include "relay/link/event_json.hpp"
#include "relay/link/message_json.hpp"
#include "relay/providers/aws/sns_events.hpp"
#include "relay/providers/aws/sqs_message.hpp"
#include "relay/providers/twilio/webhook.hpp"
#include "tests/fuzz/target.hpp"

namespace {

namespace aws = relay::providers::aws;
namespace twilio = relay::providers::twilio;
using relay::providers::WebhookEvent;

constexpr relay::WallTime now{relay::Millis{1'790'000'000'000}};
constexpr std::string_view token = "12345678901234567890123456789012";

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c < ' ' || c == '"'; });
}

void check(const WebhookEvent& event) {
  fuzz::require(is_clean(event.ref) && event.ref.size() <= 128, "what is logged is an identifier");
  fuzz::require(is_clean(event.status) && is_clean(event.code), "and so are its words");
  fuzz::require(event.rank >= 0 && event.segments >= 0 && event.segments <= 1'000'000'000, "numbers have bounds");
  const auto read = relay::link::from_json(relay::link::to_json(event));
  if (event.provider.empty() || event.fingerprint.empty()) return;
  fuzz::require(read.has_value(), "the box reads what the bridge writes");
  fuzz::require(read->ref == event.ref && read->receipt == event.receipt && read->kind == event.kind,
                "and reads the same");
}

void run_twilio(std::string_view body, bool get) {
  twilio::WebhookCall call{.method = get ? "GET" : "POST",
                           .url = "https://bridge.example.com/api/webhooks/twilio/sms?rid=1",
                           .content_type = "application/x-www-form-urlencoded",
                           .body = std::string{body}};
  const auto fields = twilio::fields_of(call);
  if (!fields) return;
  fuzz::require(fields->size() <= twilio::max_fields, "fields are bounded");
  call.signature = twilio::sign(call.url, get ? twilio::Fields{} : *fields, token);
  fuzz::require(twilio::is_genuine(call, *fields, token), "what is signed is genuine");
  fuzz::require(!twilio::is_genuine(call, *fields, "another token"), "by its own token only");
  (void)twilio::account_of(call, *fields);
  if (const auto event = twilio::read_event(call, *fields, now)) check(*event);
}

void run_sns(std::string_view body) {
  const auto envelope = aws::parse_envelope(body);
  if (!envelope) return;
  const auto topic = aws::parse_topic(envelope->topic_arn);
  if (aws::is_certificate_url(envelope->certificate_url, topic)) {
    fuzz::require(envelope->certificate_url.starts_with("https://sns." + topic.region + ".amazonaws.com"),
                  "certificates come from Amazon's host");
  }
  (void)aws::string_to_sign(*envelope);
  (void)aws::is_fresh(*envelope, now, relay::Millis{1});
  const auto events = aws::read_events(*envelope);
  fuzz::require(events.size() <= 64, "events are bounded");
  for (const auto& event : events) check(event);
}

void run_sqs(std::string_view body) {
  const auto messages = aws::read_queued({200, {}, std::string{body}});
  if (!messages) return;
  for (const auto& message : *messages) {
    fuzz::require(!message.receipt_handle.empty(), "what is handed out can be deleted");
    fuzz::require(is_clean(message.id), "what is logged is an identifier");
    for (const auto& event : aws::events_in(message.body, now)) {
      fuzz::require(event.at != relay::WallTime{}, "an event has a time");
      check(event);
    }
  }
}

/// A box hands a message over to the bridge.
void run_handover(std::string_view body) {
  using relay::link::handover_from_json;
  const auto read = handover_from_json(body);
  if (!read) return;
  fuzz::require(read->attempt >= 1 && read->life_left > relay::Millis{0}, "an attempt counts from 1, and has time");
  fuzz::require(!read->message.to.empty() && read->message.to.size() <= 64, "it has a recipient");
  const auto again = handover_from_json(relay::link::to_json(*read));
  if (relay::link::to_json(*read).contains("\xef\xbf\xbd")) return;  // what was no UTF-8 is written as U+FFFD
  fuzz::require(again.has_value(), "what was read can be written");
  fuzz::require(relay::link::content_json(*again) == relay::link::content_json(*read), "and says the same");
}

/// The bridge says how far it has come.
void run_progress(std::string_view body) {
  using relay::link::progress_from_json;
  const auto read = progress_from_json(body);
  if (!read) return;
  fuzz::require(!read->ref.empty() && read->ref.size() <= 64, "the reference has bounds");
  const auto again = progress_from_json(relay::link::to_json(*read));
  fuzz::require(again && again->state == read->state && again->not_sent == read->not_sent,
                "it reads as it was written");
}

void run(std::string_view input) {
  fuzz::Input in(input);
  switch (in.below(7)) {
    case 0:
      return run_twilio(in.rest(), false);
    case 1:
      return run_twilio(in.rest(), true);
    case 2:
      return run_sns(in.rest());
    case 3:
      return run_sqs(in.rest());
    case 4:
      (void)relay::link::from_json(in.rest());
      return;
    case 5:
      return run_handover(in.rest());
    default:
      return run_progress(in.rest());
  }
}

std::string sns_of(std::string_view message) {
  std::string quoted;
  for (const char c : message) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return "\2{\"Type\":\"Notification\",\"MessageId\":\"m\",\"TopicArn\":\"arn:aws:sns:eu-west-1:1:t\",\"Timestamp\":"
         "\"2026-09-21T14:13:20.000Z\",\"SignatureVersion\":\"2\",\"Signature\":\"AAAA\",\"SigningCertURL\":\"https://"
         "sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem\",\"Message\":\"" +
         quoted + "\"}";
}

fuzz::Seeds seeds() {
  using namespace std::string_literals;
  return {
      "\0AccountSid=AC0123456789abcdef0123456789abcdef&MessageSid=SM1&MessageStatus=delivered&To=%2B15551230001"s,
      "\0MessageSid=SM1&SmsStatus=received&From=whatsapp%3A%2B1&To=%2B2&Body=%F0%9F%98%80+1&NumMedia=1&MediaUrl0=u&MediaContentType0=t&OptOutType=STOP"s,
      "\1b=2&A=x&b=1&a=y&b=2"s,
      sns_of(
          R"({"eventType":"TEXT_DELIVERED","messageId":"m","isFinal":true,"context":{"rid":"r"},"totalMessageParts":2,"totalMessagePrice":0.00645})"),
      sns_of(R"({"originationNumber":"+1","destinationNumber":"+2","messageBody":"hi","inboundMessageId":"i"})"),
      sns_of(
          R"({"whatsAppWebhookEntry":"{\"changes\":[{\"value\":{\"statuses\":[{\"id\":\"w\",\"status\":\"read\"}],\"messages\":[{\"id\":\"w\",\"from\":\"1\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}]}}]}"})"),
      "\3{\"Messages\":[{\"MessageId\":\"q\",\"ReceiptHandle\":\"h\",\"Body\":\"{\\\"eventType\\\":\\\"TEXT_DELIVERED\\\",\\\"messageId\\\":\\\"m\\\"}\",\"Attributes\":{\"ApproximateReceiveCount\":\"2\"}}]}"s,
      "\4{\"kind\":\"receipt\",\"provider\":\"twilio\",\"channel\":\"sms\",\"fingerprint\":\"f\",\"at\":\"2026-09-21T14:13:20.000Z\",\"receipt\":\"delivered\"}"s,
      "\5{\"to\":\"+15551230001\",\"channel\":\"sms\",\"class\":\"alarm\",\"text\":\"fire\",\"attempt\":1,\"life_ms\":60000,\"segments\":1,\"encoding\":\"gsm7\",\"repeat_prefix\":\"(2) \"}"s,
      "\5{\"to\":\"+1\",\"channel\":\"whatsapp\",\"class\":\"info\",\"template\":{\"name\":\"t\",\"variables\":[\"1\"]},\"attempt\":2,\"life_ms\":1}"s,
      "\5{\"to\":\"+1\",\"channel\":\"whatsapp\",\"class\":\"once\",\"media\":{\"kind\":\"image\",\"url\":\"https://x/\",\"caption\":\"c\"},\"attempt\":2,\"life_ms\":1}"s,
      "\6{\"ref\":\"m\",\"state\":\"failed\",\"reason\":\"refused\",\"not_sent\":true}"s};
}

const fuzz::Registration registration{{"webhook", &run, &seeds}};

}  // namespace
