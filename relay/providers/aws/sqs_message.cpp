#include "relay/providers/aws/sqs_message.hpp"

#include <charconv>

#include <nlohmann/json.hpp>

#include "relay/json/json.hpp"
#include "relay/providers/aws/sns_events.hpp"
#include "relay/providers/common/answer.hpp"

namespace relay::providers::aws {

using nlohmann::json;

std::optional<std::vector<QueuedMessage>> read_queued(const http::ClientResponse& answer) {
  const json body = parse_json(answer.body);
  if (answer.status != 200 || !body.is_object()) return std::nullopt;
  std::vector<QueuedMessage> out;
  const auto messages = body.find("Messages");
  if (messages == body.end() || messages->is_null()) return out;  // the key is absent when there are none
  if (!messages->is_array()) return std::nullopt;
  for (const auto& entry : *messages) {
    QueuedMessage message{.id = clean_token(text_of(entry, "MessageId")),
                          .receipt_handle = text_of(entry, "ReceiptHandle"),
                          .body = text_of(entry, "Body")};
    if (message.receipt_handle.empty()) return std::nullopt;
    const auto attributes = entry.find("Attributes");
    const std::string count = attributes == entry.end() ? "" : text_of(*attributes, "ApproximateReceiveCount");
    std::from_chars(count.data(), count.data() + count.size(), message.receive_count);
    out.push_back(std::move(message));
  }
  return out;
}

std::vector<WebhookEvent> events_in(std::string_view body, WallTime now) {
  SnsEnvelope envelope;
  const json outer = parse_json(body);
  if (text_of(outer, "Type") == "Notification") {
    envelope.message_id = text_of(outer, "MessageId");
    envelope.timestamp = text_of(outer, "Timestamp");
    envelope.message = text_of(outer, "Message");
  } else {
    envelope.message = body;
  }
  auto events = read_events(envelope);
  for (WebhookEvent& event : events) {
    if (event.at == WallTime{}) event.at = now;
  }
  return events;
}

}  // namespace relay::providers::aws
