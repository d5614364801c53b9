#include "firmware/cloud_events.hpp"

#include <ranges>
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

/// The provider's name on this box is the operator's choice, so a receipt of "twilio" is offered to each of that kind:
/// references are the provider's own and name one message in all.
Task<bool> CloudEvents::take_receipt(WebhookEvent event) {
  for (const auto* provider : ports_.providers) {
    if (!provider->traits().kind.starts_with(event.provider)) continue;
    co_await settle_lost_answer(event, provider->traits().name);
    const auto stored = co_await ports_.receipts.store({.provider = provider->traits().name,
                                                        .ref = event.ref,
                                                        .status = event.receipt,
                                                        .code = event.code,
                                                        .cost = event.cost,
                                                        .at = event.at});
    if (!stored && stored.error().code != relay::ErrorCode::not_found) co_return false;
    if (stored && *stored) co_return true;
  }
  co_return true;
}

/// The receipt names our message: proof that the provider took the attempt, so that no second copy need go out.
Task<> CloudEvents::settle_lost_answer(const WebhookEvent& event, const std::string& provider) {
  const auto id = relay::MessageId::parse(event.message);
  if (!id || event.ref.empty()) co_return;
  const auto record = co_await ports_.outbox.find(*id, std::nullopt);
  if (!record) co_return;
  for (const auto& attempt : record->attempts) {
    if (attempt.provider == provider && attempt.provider_ref == event.ref) co_return;  // its answer was heard
  }
  for (const auto& attempt : record->attempts | std::views::reverse) {
    const bool lost =
        attempt.provider == provider && attempt.outcome == relay::Outcome::unknown && attempt.provider_ref.empty();
    if (!lost) continue;
    ports_.late_answer({.message = *id,
                        .number = attempt.number,
                        .was_sent = true,
                        .provider_ref = event.ref,
                        .receipt_refs = {event.ref},
                        .code = event.status},
                       provider);
    co_return;
  }
}

}  // namespace firmware
