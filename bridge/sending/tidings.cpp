#include "bridge/sending/tidings.hpp"

#include <utility>

#include "bridge/sending/handovers.hpp"
#include "bridge/webhooks/webhooks.hpp"
#include "relay/base/concat.hpp"

namespace bridge::sending {
namespace {

using relay::concat;
using relay::ReceiptStatus;
using relay::Result;
using relay::State;
using relay::Task;
using relay::outbox::MessageRecord;
using relay::providers::WebhookEvent;

constexpr int events_per_step = 100;
constexpr relay::Millis store_retry{1'000};
constexpr relay::Millis look_anyway{15'000};  // an end that nobody poked for: a sweep, a proof

ReceiptStatus receipt_of(const relay::Message& message) {
  if (message.state == State::delivered) return ReceiptStatus::delivered;
  if (message.state == State::failed || ended_unsent(message)) return ReceiptStatus::failed;
  return ReceiptStatus::unknown;  // unconfirmed, or a copy may be out: the box's own receipt window decides
}

}  // namespace

std::optional<WebhookEvent> tidings_of(const MessageRecord& record, relay::WallTime at) {
  const auto& message = record.message;
  const auto origin = origin_of(message);
  if (!origin || !relay::is_final(message.state)) return std::nullopt;
  WebhookEvent event{.kind = WebhookEvent::Kind::receipt,
                     .channel = message.channel,
                     .provider = "bridge",
                     .fingerprint = concat("bridge/", message.id.text()),
                     .ref = message.id.text(),
                     .at = at,
                     .message = origin->message,
                     .to = message.to,
                     .status = std::string{message.reason.empty() ? name_of(message.state) : message.reason},
                     .receipt = receipt_of(message),
                     .rank = relay::providers::final_rank,
                     .attempt = origin->attempt};
  if (!record.attempts.empty()) {
    event.code = record.attempts.back().code;
    event.cost = record.attempts.back().cost;
  }
  event.opted_out = message.reason == "opted_out";
  event.refused = message.reason == "refused" && ended_unsent(message);
  // Of what the recipient is the reason for, no other provider should try either.
  event.not_sent = ended_unsent(message) && !event.opted_out && message.reason != "recipient_refused";
  return event;
}

void Tidings::start() { tasks_.spawn("sending.tidings", run()); }

Task<> Tidings::run() {
  while (true) {
    auto events = co_await parts_.outbox.pending_events(parts_.outbox.timeline().now(), events_per_step);
    Result<bool> done = true;
    if (!events) done = std::unexpected(events.error());
    if (events && !events->empty()) done = co_await carry(std::move(*events));
    if (!done) {
      parts_.runtime.log.error("tidings_not_stored", {{"tenant", parts_.tenant}, {"reason", done.error().message}});
      co_await sleep_for(parts_.runtime, store_retry);
      continue;
    }
    const bool more = events->size() == events_per_step;
    if (!more) co_await news_.wait_until(parts_.runtime.clock.steady() + look_anyway);
  }
}

Task<Result<bool>> Tidings::carry(std::vector<relay::outbox::Event> events) {
  std::vector<store::NewEvent> rows;
  for (const auto& event : events) {
    if (!event.message) continue;
    const auto record = co_await parts_.outbox.find(*event.message, std::nullopt);
    if (!record && record.error().code != relay::ErrorCode::not_found) co_return std::unexpected(record.error());
    const auto tidings = record ? tidings_of(*record, event.at) : std::nullopt;
    if (!tidings) continue;
    const auto origin = origin_of(record->message);
    if (parts_.directory.box(parts_.tenant, origin->box) == nullptr) {
      parts_.runtime.log.warning("tidings_dropped", {{"tenant", parts_.tenant}, {"box", origin->box}});
      continue;  // the box was removed
    }
    rows.push_back(webhooks::to_row({parts_.tenant, origin->box}, *tidings));
  }
  if (!rows.empty()) {
    const auto kept = co_await parts_.store.keep(std::move(rows));
    if (!kept) co_return std::unexpected(kept.error());
    for (const auto& box : kept->boxes) parts_.on_stored(box);
  }
  for (const auto& event : events) {
    auto done = co_await parts_.outbox.event_done(event.id);
    if (!done) co_return done;
  }
  co_return true;
}

}  // namespace bridge::sending
