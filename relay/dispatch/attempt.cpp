// One attempt, from the journal to its outcome. The order is the promise: the attempt is committed before its first
// byte leaves, and its outcome decides in one place (decision.hpp) what the message does next.

#include <algorithm>
#include <utility>

#include "relay/base/planted_fault.hpp"
#include "relay/dispatch/dispatcher.hpp"

namespace relay::dispatch {
namespace {

constexpr Millis store_retry{1'000};
constexpr std::size_t max_refusals = 4096;

/// What may only go back to the outbox, with its successors held back there too: they must not overtake it. After an
/// `unknown` they may (I4 skips unknown predecessors).
bool holds_back_successors(const Decision& decision, Outcome outcome) {
  if (planted(PlantedFault::retry_lets_successors_pass)) return false;
  return decision.next == State::queued && outcome != Outcome::unknown;
}

/// The journal took so long that the message's time passed meanwhile (a stalled disk): nothing may leave now.
providers::SendResult expired_meanwhile() {
  providers::SendResult result;
  result.outcome = Outcome::unavailable;
  result.code = "expired";
  result.detail = "the message expired while its attempt was being journalled; nothing was sent";
  return result;
}

}  // namespace

Task<> Dispatcher::attempt(MessageId id, chain::ProviderIndex index, bool probe) {
  Active* active = active_.find(id);
  const Message& queued = active->message;
  const ClassPolicy& policy = policy_of(queued.message_class);
  const bool in_order =
      policy.order == MessageOrder::fifo_per_recipient && !planted(PlantedFault::retry_lets_successors_pass);
  // Who would stand idle for it does not wait for company either: a provider with nothing else under way.
  const bool hurries = policy.lane != Lane::rest || chain_.in_flight(index) == 1;
  const auto urgency = hurries ? outbox::Urgency::now : outbox::Urgency::paced;
  outbox::AttemptStart start{id, providers_[index].provider->traits().name, runtime_.clock.wall(), in_order, urgency};
  if (planted(PlantedFault::attempt_journalled_after_send)) {
    Message message = queued;
    ++message.attempts;
    auto result = co_await call_provider(message, message.attempts, index);
    [[maybe_unused]] const auto late = co_await outbox_.begin_attempt(std::move(start));
    active = active_.find(id);
    active->message.attempts = message.attempts;
    co_await finish(message, excluded_for(*active), index, Touch{.probe = probe}, std::move(result), Millis{0});
    co_return;
  }
  auto journalled = co_await outbox_.begin_attempt(std::move(start));
  active = active_.find(id);
  if (!journalled) {
    if (!planted(PlantedFault::slot_leaked_on_conflict)) chain_.abandon(index, probe);
    --in_flight_;
    const auto feed = ActiveSet::feed_of(active->message);
    if (journalled.error().code == ErrorCode::conflict) {
      // Cancelled, replaced, or a predecessor waits in the outbox: the outbox knows, memory does not.
      active_.remove(id);
      active_.mark_more(feed);
      active_.order_moved(feed.lane);
    } else {
      runtime_.log.error("outbox_unwritable", {{"id", id.text()}, {"reason", journalled.error().message}});
      active->in_flight = false;
      store_trouble_until_ = runtime_.clock.steady() + store_retry;
    }
    idle_.notify();
    work_.notify();
    co_return;
  }
  if (journalled->kind != outbox::AttemptBegun::Kind::begun) {
    chain_.abandon(index, probe);
    --in_flight_;
    idle_.notify();
    const Message message = active->message;
    if (journalled->kind == outbox::AttemptBegun::Kind::opted_out) {
      co_await end_without_attempt(message, blocked_state(message.copies), "opted_out");
    } else {
      co_await hold(message);
    }
    co_return;
  }
  watch_limit(active->message.app);
  active->message.attempts = journalled->attempt.number;
  active->message.state = State::sending;
  const Message message = active->message;
  const chain::ProviderSet tried = excluded_for(*active);
  const SteadyTime began = runtime_.clock.steady();
  if (life_left(message) <= Millis{0}) {
    co_await finish(message, tried, index, Touch{.probe = probe, .touched = false}, expired_meanwhile(), Millis{0});
    co_return;
  }
  auto result = co_await call_provider(message, journalled->attempt.number, index);
  co_await finish(message, tried, index, Touch{.probe = probe}, std::move(result), runtime_.clock.steady() - began);
}

Task<providers::SendResult> Dispatcher::call_provider(const Message& message, std::int32_t number,
                                                      chain::ProviderIndex index) {
  const Millis left = life_left(message);
  const ClassPolicy& policy = policy_of(message.message_class);
  const Millis budget = planted(PlantedFault::attempt_budget_ignored) ? left : std::min(policy.attempt_budget, left);
  const Message outgoing = in_channel(message, chain_.settings(index).channel);
  providers::SendRequest request{.message = &outgoing,
                                 .attempt = number,
                                 .mark_as_repeat = policy.mark_repeat && message.copies > 0,
                                 .deadline = runtime_.clock.steady() + budget,
                                 .life_left = left};
  auto result = co_await providers_[index].provider->send(request);
  co_return result;
}

Task<> Dispatcher::finish(Message message, chain::ProviderSet tried, chain::ProviderIndex index, Touch touch,
                          providers::SendResult result, Millis duration) {
  const SteadyTime now = runtime_.clock.steady();
  auto& provider = providers_[index];
  chain::Chain::Change change;
  if (touch.touched) {
    change = chain_.end(index, touch.probe, result.outcome, now);
  } else {
    chain_.abandon(index, touch.probe);
  }
  chain_.set_capacity(index, provider.provider->capacity());
  if (change.opened || change.closed) {
    observer_.breaker_changed(provider.provider->traits().name, change.opened, result.code, result.detail);
  }
  const Decision decision = decide_next(message, tried, index, result);
  tell(message, index, result, duration, decision);

  const TimelineTime timeline_now = outbox_.timeline().now();
  const bool goes_on = decision.next == State::queued && decision.delay == Millis{0};
  outbox::AttemptEnd end{.message = message.id,
                         .number = message.attempts,
                         .outcome = result.outcome,
                         .duration = duration,
                         .provider_ref = result.provider_ref,
                         .receipt_refs = result.receipt_refs,
                         .code = result.code,
                         .detail = result.detail,
                         .cost = result.cost,
                         .opted_out = result.opted_out,
                         .next = decision.next,
                         .reason = std::string{decision.reason},
                         .due = timeline_now + decision.delay,
                         .at = runtime_.clock.wall(),
                         .urgency = goes_on ? outbox::Urgency::now : outbox::Urgency::relaxed};
  const bool settles =
      result.outcome == Outcome::unknown && decision.next == State::queued && provider.provider->traits().can_look_up;
  apply(decision, message, index, result);
  --in_flight_;
  idle_.notify();
  work_.notify();
  co_await record_end(std::move(end), message);
  if (goes_on) {
    if (Active* active = active_.find(message.id)) active->in_flight = false;
    work_.notify();
  }
  if (settles) {
    Attempt attempt{.message = message.id,
                    .number = message.attempts,
                    .provider = provider.provider->traits().name,
                    .started_at = runtime_.clock.wall() - duration,
                    .outcome = Outcome::unknown,
                    .duration = duration};
    loops_.spawn("dispatch.settle", settle(message, std::move(attempt), index));
  }
}

Decision Dispatcher::decide_next(const Message& message, chain::ProviderSet tried, chain::ProviderIndex index,
                                 const providers::SendResult& result) {
  const SteadyTime now = runtime_.clock.steady();
  if (result.outcome == Outcome::throttled && !planted(PlantedFault::retry_after_ignored)) {
    chain_.hold(index, now + result.retry_after.value_or(Millis{5'000}));
  }
  const chain::ProviderSet excluded = tried | chain::only(index);
  const auto next = chain_.choose(ask_for(message, excluded | reach_of(index, result)), now);
  const chain::ProviderSet refused_for_good = refused_by(message.id) | reach_of(index, result);
  const auto& traits = providers_[index].provider->traits();
  const bool next_provider_now = next.kind == chain::Choice::Kind::provider || next.kind == chain::Choice::Kind::wait;
  // Drawn only when it will be used: it costs from the retry budget.
  const bool backs_off = result.outcome != Outcome::accepted && !next_provider_now;
  return decide({.message_class = message.message_class,
                 .outcome = result.outcome,
                 .attempts = message.attempts,
                 .copies = message.copies,
                 .life_left = life_left(message),
                 .receipt_expected = !result.receipt_refs.empty(),
                 .receipt_window = traits.receipt_window,
                 .next_provider_now = next_provider_now,
                 .provider_left = chain_.any_left(ask_for(message, refused_for_good)),
                 .retry_after = result.retry_after,
                 .opted_out = result.opted_out,
                 .back_off = backs_off ? retry_.back_off(message.message_class, message.attempts, now) : Millis{0}});
}

/// Whom a refusal speaks for: the provider, or all of its channel.
chain::ProviderSet Dispatcher::reach_of(chain::ProviderIndex index, const providers::SendResult& result) const {
  return result.channel_refused ? chain_.all_of(chain_.settings(index).channel) : chain::only(index);
}

void Dispatcher::refuse(MessageId id, chain::ProviderSet by) {
  // Messages that the application cancelled leave their entry behind: the bound must not stop new ones.
  if (refused_.size() >= max_refusals && !refused_.contains(id.value)) refused_.erase(refused_.begin());
  refused_[id.value] |= by;
}

/// Carries a decision over to memory; the outbox gets the same by AttemptEnd.
void Dispatcher::apply(const Decision& decision, const Message& message, chain::ProviderIndex index,
                       const providers::SendResult& result) {
  if (decision.exclude_for_good) refuse(message.id, reach_of(index, result));
  if (decision.next != State::queued) {
    forget_refusals(message.id);
    active_.remove(message.id);
    return;
  }
  if (decision.delay > Millis{0}) {
    gave_back_.erase(message.id.value);  // the next pass is a new one
    active_.remove(message.id, holds_back_successors(decision, result.outcome));
    wake_at(outbox_.timeline().now() + decision.delay);
    return;
  }
  Active* active = active_.find(message.id);
  active->message.state = State::queued;
  if (result.outcome == Outcome::unknown) ++active->message.copies;
  if (decision.exclude_for_pass) active->tried_in_pass |= chain::only(index);
}

/// The outcome must reach the journal, whatever it takes: without it the next start would have to call it unknown.
Task<> Dispatcher::record_end(outbox::AttemptEnd end, Message message) {
  while (true) {
    auto recorded = co_await outbox_.end_attempt(end);
    if (recorded) {
      if (*recorded != State::queued) observer_.message_moved(message, *recorded);
      active_.order_moved(policy_of(message.message_class).lane);
      // Its time may have come while the outcome waited for its commit: until then the outbox did not hand it out.
      if (end.next == State::queued && active_.find(message.id) == nullptr) wake_at(end.due);
      work_.notify();
      co_return;
    }
    runtime_.log.error("outbox_unwritable", {{"id", message.id.text()}, {"reason", recorded.error().message}});
    if (recorded.error().code == ErrorCode::conflict || recorded.error().code == ErrorCode::not_found) co_return;
    store_trouble_until_ = runtime_.clock.steady() + store_retry;
    co_await sleep_for(runtime_, store_retry);
  }
}

void Dispatcher::tell(const Message& message, chain::ProviderIndex index, const providers::SendResult& result,
                      Millis duration, const Decision& decision) {
  auto& provider = providers_[index];
  const auto& name = provider.provider->traits().name;
  ++provider.outcomes[static_cast<std::size_t>(result.outcome)];
  if (result.outcome == Outcome::accepted) provider.last_success = runtime_.clock.wall();
  runtime_.log.info(
      "attempt",
      {{"id", message.id.text()},
       {"n", message.attempts},
       {"class", name_of(message.message_class)},
       {"to", masked_number(message.to)},
       {"provider", name},
       {"outcome", name_of(result.outcome)},
       {"code", result.code},
       {"ms", duration.count()},
       {"next", name_of(decision.next)},
       {"detail", planted(PlantedFault::text_in_log) ? std::get<SmsContent>(message.content).text : result.detail}});
  observer_.attempt_ended(name, message, result, duration);
  const bool transport_trouble = result.outcome == Outcome::unavailable || result.outcome == Outcome::unknown;
  if (transport_trouble && provider.provider->traits().needs_uplink) observer_.uplink_suspect();
  tell_fallback(message, index, result.outcome);
}

/// A working fallback must not hide a dead primary.
void Dispatcher::tell_fallback(const Message& message, chain::ProviderIndex index, Outcome outcome) {
  if (outcome != Outcome::accepted) return;
  const auto primary = chain_.primary(ask_for(message, 0));
  if (!primary) return;
  if ((refused_by(message.id) & chain::only(*primary)) != 0) return;  // it cannot carry this one: nothing is broken
  const bool lower = index != *primary;
  bool& active = fallback_active_.at(static_cast<std::size_t>(message.channel));
  if (lower == active) return;
  active = lower;
  observer_.fallback_changed(lower, chain_.settings(*primary).name, chain_.settings(index).name);
}

}  // namespace relay::dispatch
