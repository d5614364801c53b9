#include "relay/dispatch/decision.hpp"

#include <algorithm>

#include "relay/base/planted_fault.hpp"

namespace relay::dispatch {
namespace {

constexpr Millis default_throttle{5'000};
constexpr Millis least_throttle{1'000};  // a provider that says "retry after 0" would be asked in a tight loop

/// Ends a message for want of a way: `unknown` if an earlier copy may be out (it would be a lie to say that it failed).
Decision give_up(const Ended& ended, std::string_view reason) {
  return {.next = ended.copies > 0 ? State::unknown : State::failed, .reason = reason};
}

bool is_last_attempt(const Ended& ended) {
  if (planted(PlantedFault::attempts_counted_in_memory)) return false;
  if (planted(PlantedFault::throttled_attempts_not_counted) && ended.outcome == Outcome::throttled) return false;
  return ended.attempts >= policy_of(ended.message_class).max_attempts;
}

/// Nothing was sent: the next provider at once if there is one, else everything again after a back-off.
Decision go_on(const Ended& ended, std::string_view reason, Millis delay) {
  if (ended.life_left <= Millis{0}) return {.next = expired_state(ended.copies), .reason = "expired"};
  if (is_last_attempt(ended)) return give_up(ended, "attempts_exhausted");
  Decision decision{.next = State::queued, .reason = reason, .exclude_for_pass = true};
  if (!ended.next_provider_now) decision.delay = delay;
  return decision;
}

Decision after_accepted(const Ended& ended) {
  if (!ended.receipt_expected || ended.receipt_window <= Millis{0}) {
    return {.next = State::unconfirmed, .reason = "no_receipts"};
  }
  return {.next = State::sent, .delay = ended.receipt_window};
}

Decision after_refused(const Ended& ended) {
  if (!ended.provider_left) return give_up(ended, "refused");
  Decision decision = go_on(ended, "refused", ended.back_off);
  decision.exclude_for_good = true;
  return decision;
}

Decision after_throttled(const Ended& ended) {
  const Millis wait = planted(PlantedFault::retry_after_ignored)
                          ? least_throttle
                          : std::max(least_throttle, ended.retry_after.value_or(default_throttle));
  Ended policy_applied = ended;
  policy_applied.next_provider_now = ended.next_provider_now && policy_of(ended.message_class).next_on_throttle;
  Decision decision = go_on(policy_applied, "throttled", wait);
  decision.hold_provider = true;
  return decision;
}

Decision after_unknown(const Ended& ended) {
  const ClassPolicy& policy = policy_of(ended.message_class);
  const int copies = ended.copies + 1;
  const Millis settle = planted(PlantedFault::alarm_waits_for_proof) ? Millis{300'000} : policy.unknown_settle;
  if (ended.life_left <= Millis{0}) return {.next = State::unknown, .reason = "outcome_unknown"};
  // Even a message that may not be sent again waits: proof may come. Its turn after the settle time ends it.
  Decision decision{.next = State::queued, .reason = settling, .delay = settle, .exclude_for_pass = true};
  if (settle > Millis{0}) return decision;
  if (const auto refusal = refuses_copy(ended.message_class, copies, ended.life_left)) {
    return {.next = State::unknown, .reason = *refusal};
  }
  if (!ended.next_provider_now) decision.delay = ended.back_off;
  decision.reason = "outcome_unknown";
  return decision;
}

}  // namespace

std::optional<std::string_view> refuses_copy(MessageClass message_class, int copies, Millis life_left) {
  if (copies == 0) return std::nullopt;
  const ClassPolicy& policy = policy_of(message_class);
  if (!policy.resend_after_unknown) return "outcome_unknown";
  const int most = policy.max_copies + (planted(PlantedFault::one_copy_too_many) ? 1 : 0);
  if (copies >= most) return "copies_exhausted";
  if (life_left < policy.resend_needs_life) return "too_late_to_resend";
  return std::nullopt;
}

Decision decide(const Ended& ended) {
  switch (ended.outcome) {
    case Outcome::accepted:
      return after_accepted(ended);
    case Outcome::refused:
      return after_refused(ended);
    case Outcome::recipient_refused:
      if (ended.opted_out) return {.next = blocked_state(ended.copies), .reason = "opted_out"};
      return give_up(ended, "recipient_refused");
    case Outcome::account:
      return go_on(ended, "account", ended.back_off);
    case Outcome::throttled:
      return after_throttled(ended);
    case Outcome::unavailable:
      return go_on(ended, "unavailable", ended.back_off);
    case Outcome::unknown:
      return after_unknown(ended);
  }
  return give_up(ended, "internal");
}

}  // namespace relay::dispatch
