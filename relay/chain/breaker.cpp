#include "relay/chain/breaker.hpp"

#include <algorithm>

#include "relay/base/planted_fault.hpp"

namespace relay::chain {
namespace {

constexpr int max_interval_doublings = 3;

enum class Verdict : std::uint8_t { success, failure, broken, says_nothing };

/// What an outcome says of the provider. It answered sensibly: success, even if it refused the message or the
/// recipient.
Verdict verdict_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::recipient_refused:
      if (planted(PlantedFault::breaker_opened_by_recipient)) return Verdict::failure;
      [[fallthrough]];
    case Outcome::accepted:
    case Outcome::refused:
      return Verdict::success;
    case Outcome::unavailable:
    case Outcome::unknown:
      return Verdict::failure;
    case Outcome::account:
      return Verdict::broken;
    case Outcome::throttled:
      return Verdict::says_nothing;
  }
  return Verdict::says_nothing;
}

}  // namespace

std::string_view name_of(BreakerState state) {
  switch (state) {
    case BreakerState::closed:
      return "closed";
    case BreakerState::open:
      return "open";
    case BreakerState::half_open:
      return "half_open";
  }
  return "";
}

bool Breaker::lets_through(SteadyTime now) const {
  const bool one_is_out = probing_ && !planted(PlantedFault::probe_not_single);
  return !open_ || (!one_is_out && now >= probe_at_);
}

bool Breaker::begin(SteadyTime now) {
  if (!open_) return false;
  probing_ = true;
  probe_was_due_ = probe_at_;
  if (planted(PlantedFault::probe_not_single)) return true;
  probe_at_ = now + settings_.probe_interval;  // at most one probe an interval, whatever becomes of this one
  return true;
}

bool Breaker::end(bool probe, Outcome outcome, SteadyTime now) {
  const Verdict verdict = verdict_of(outcome);
  if (probe) {
    probing_ = false;
    if (!open_) return false;  // reset by hand meanwhile
    // A provider that throttles us is there, but the probe proved no more than that: it stays open and is asked again.
    if (verdict == Verdict::success && !planted(PlantedFault::breaker_never_closes)) {
      close(now);
      return true;
    }
    if (verdict != Verdict::says_nothing) open(now);
    return false;
  }
  if (open_) return false;  // began before it opened: old news
  switch (verdict) {
    case Verdict::success:
      record_success();
      return false;
    case Verdict::failure:
    case Verdict::broken:
      return record_failure(now, verdict == Verdict::broken);
    case Verdict::says_nothing:
      return false;
  }
  return false;
}

void Breaker::abandon(bool probe) {
  if (!probe || !probing_) return;
  probing_ = false;
  probe_at_ = probe_was_due_;
}

BreakerState Breaker::state(SteadyTime now) const {
  if (!open_) return BreakerState::closed;
  return probing_ || now >= probe_at_ ? BreakerState::half_open : BreakerState::open;
}

void Breaker::reset() {
  open_ = probing_ = false;
  failures_in_a_row_ = reopenings_ = 0;
  closed_at_ = SteadyTime::min();
  window_.clear();
}

void Breaker::open(SteadyTime now) {
  open_ = true;
  probe_at_ = now + settings_.probe_interval * (1 << std::min(reopenings_, max_interval_doublings));
}

void Breaker::close(SteadyTime now) {
  open_ = false;
  closed_at_ = now;
  failures_in_a_row_ = 0;
  window_.clear();
}

bool Breaker::record_failure(SteadyTime now, bool is_broken) {
  ++failures_in_a_row_;
  window_.push_back(true);
  if (static_cast<int>(window_.size()) > settings_.window) window_.pop_front();
  const bool was_open_lately = closed_at_ != SteadyTime::min() && now - closed_at_ < settings_.stable_after;
  if (!was_open_lately) reopenings_ = 0;
  const auto failures = std::count(window_.begin(), window_.end(), true);
  const bool too_many =
      is_broken || failures_in_a_row_ >= settings_.failures_in_a_row ||
      (static_cast<int>(window_.size()) >= settings_.window && failures >= settings_.failures_in_window);
  if (!too_many && !was_open_lately) return false;
  if (was_open_lately) ++reopenings_;
  open(now);
  return true;
}

void Breaker::record_success() {
  failures_in_a_row_ = 0;
  window_.push_back(false);
  if (static_cast<int>(window_.size()) > settings_.window) window_.pop_front();
}

}  // namespace relay::chain
