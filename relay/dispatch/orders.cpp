// What an operator may order while the box works.

#include "relay/dispatch/dispatcher.hpp"

namespace relay::dispatch {

void Dispatcher::set_paused(bool paused) {
  paused_ = paused;
  work_.notify();
}

bool Dispatcher::set_enabled(std::string_view provider, bool enabled) {
  const auto index = chain_.find(provider);
  if (!index) return false;
  chain_.set_enabled(*index, enabled);
  work_.notify();
  return true;
}

bool Dispatcher::reset_breaker(std::string_view provider) {
  const auto index = chain_.find(provider);
  if (!index) return false;
  const bool was_open = chain_.breaker(*index).state(runtime_.clock.steady()) != chain::BreakerState::closed;
  chain_.reset_breaker(*index);
  if (was_open) observer_.breaker_changed(std::string{provider}, false, "reset", "closed by an operator");
  work_.notify();
  return true;
}

bool Dispatcher::send_only_by(MessageId id, std::string_view provider) {
  const auto index = chain_.find(provider);
  if (!index) return false;
  chain::ProviderSet others = 0;
  for (chain::ProviderIndex other = 0; other < chain_.size(); ++other) {
    if (other != *index) others |= chain::only(other);
  }
  refuse(id, others);
  return true;
}

Task<Result<bool>> Dispatcher::retry_now(MessageId id) {
  auto record = co_await outbox_.find(id, std::nullopt);
  if (!record) co_return std::unexpected(record.error());
  const TimelineTime now = outbox_.timeline().now();
  auto moved = co_await outbox_.move(id, State::queued, State::queued, record->message.reason, now);
  if (!moved) co_return std::unexpected(moved.error());
  forget_refusals(id);
  if (Active* active = active_.find(id)) active->tried_in_pass = 0;
  active_.mark_more(ActiveSet::feed_of(record->message));
  hungry_.notify();
  work_.notify();
  co_return true;
}

}  // namespace relay::dispatch
