#include "firmware/modem/sending_health.hpp"

namespace modem {
namespace {

/// The answer is about the message or its recipient: then the network has heard and answered, which is what counts.
bool is_about_the_message(relay::Outcome outcome) {
  return outcome == relay::Outcome::recipient_refused || outcome == relay::Outcome::throttled;
}

/// Refused for the account's sake: by code, since some networks say so of a message (facts/modem.md 6: 21, 29, 38).
bool is_about_the_account(relay::Outcome outcome, const at::Final& final) {
  constexpr int rejected = 21;
  return outcome == relay::Outcome::account || (final.kind == at::Final::Kind::cms && final.code == rejected);
}

}  // namespace

SendingHealth::Advice SendingHealth::note(relay::Outcome outcome, const at::Final& final) {
  const bool account = is_about_the_account(outcome, final);
  if (outcome == relay::Outcome::accepted || is_about_the_message(outcome) ||
      (outcome == relay::Outcome::refused && !account)) {
    forget();
    return Advice::nothing;
  }
  ++failures_;
  accounts_ = account ? accounts_ + 1 : 0;
  if (account) return accounts_ % account_run == 0 ? Advice::take_down : Advice::nothing;
  if (++since_advice_ < run_) return Advice::nothing;
  since_advice_ = 0;
  return Advice::recover;
}

}  // namespace modem
