#include "relay/receipts/webhook_receipts.hpp"

#include <ranges>
#include <utility>

namespace relay::receipts {

using providers::WebhookEvent;

/// The provider's name is the operator's choice, so a receipt of "twilio" is offered to each of that kind: references
/// are the provider's own and name one message in all.
Task<Result<bool>> WebhookReceipts::take(WebhookEvent event) {
  for (const auto* provider : ports_.providers) {
    if (!provider->traits().kind.starts_with(event.provider)) continue;
    co_await settle_lost_answer(event, provider->traits().name);
    const auto stored = co_await ports_.receipts.store({.provider = provider->traits().name,
                                                        .ref = event.ref,
                                                        .status = event.receipt,
                                                        .code = event.code,
                                                        .cost = event.cost,
                                                        .at = event.at,
                                                        .refused = event.refused,
                                                        .not_sent = event.not_sent});
    if (!stored && stored.error().code != ErrorCode::not_found) co_return std::unexpected(stored.error());
    if (stored && *stored) co_return true;
  }
  co_return false;
}

/// The receipt names our message: proof that the provider took the attempt, so that no second copy need go out; or, if
/// it says so, that nothing was sent.
Task<> WebhookReceipts::settle_lost_answer(const WebhookEvent& event, const std::string& provider) {
  const auto id = MessageId::parse(event.message);
  if (!id || event.ref.empty() || event.receipt == ReceiptStatus::unknown) co_return;
  const auto record = co_await ports_.outbox.find(*id, std::nullopt);
  if (!record) co_return;
  for (const auto& attempt : record->attempts) {
    if (attempt.provider == provider && attempt.provider_ref == event.ref) co_return;  // its answer was heard
  }
  for (const auto& attempt : record->attempts | std::views::reverse) {
    const bool lost =
        attempt.provider == provider && attempt.outcome == Outcome::unknown && attempt.provider_ref.empty();
    if (!lost || (event.attempt > 0 && attempt.number != event.attempt)) continue;
    outbox::AttemptProof proof{
        .message = *id, .number = attempt.number, .was_sent = !event.not_sent, .provider_ref = event.ref};
    if (proof.was_sent) proof.receipt_refs = {event.ref};
    proof.code = event.status;
    ports_.late_answer(std::move(proof), provider);
    co_return;
  }
}

}  // namespace relay::receipts
