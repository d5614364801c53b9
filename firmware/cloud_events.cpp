#include "firmware/cloud_events.hpp"

#include <utility>

namespace firmware {

using relay::Task;
using relay::providers::WebhookEvent;

Task<bool> CloudEvents::take(WebhookEvent event) {
  if (event.kind == WebhookEvent::Kind::receipt) co_return co_await take_receipt(std::move(event));
  relay::outbox::InboundMessage message{
      .provider = event.provider + (event.channel == relay::Channel::whatsapp ? "-whatsapp" : ""),
      .from = std::move(event.from),
      .to = std::move(event.ours),
      .text = std::move(event.text),
      .received_at = event.at,
      .fingerprint = std::move(event.fingerprint),
      .opt_out_word = event.opt_out};
  // Where media lie is told in lines of the text: an inbound message of this box has no other place for it yet.
  for (const auto& media : event.media) {
    if (!message.text.empty()) message.text += '\n';
    message.text += "[" + media.type + "] " + media.url;
  }
  co_return co_await ports_.take_inbound(std::move(message));
}

/// A person who told a provider of the bridge to stop is on the box's list too, before the receipt ends the message.
Task<bool> CloudEvents::take_receipt(WebhookEvent event) {
  if (event.opted_out && event.to.starts_with('+')) {
    const auto listed =
        co_await ports_.outbox.add_opt_out({.number = event.to, .source = event.provider, .at = event.at});
    if (!listed) co_return false;
  }
  const auto taken = co_await ports_.receipts.take(std::move(event));
  co_return taken.has_value();
}

}  // namespace firmware
