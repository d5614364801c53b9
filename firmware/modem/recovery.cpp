#include "firmware/modem/recovery.hpp"

#include <algorithm>
#include <utility>

#include "relay/base/concat.hpp"

namespace modem {
namespace {

constexpr relay::Millis hour{3'600'000};
constexpr relay::Millis day{24 * 3'600'000};

/// From here on something is restarted: flash and SIM wear, and operators bar SIMs that attach in a loop.
bool is_reset(Rung rung) { return rung >= Rung::restart_modem; }

bool helps(Rung rung, Trouble trouble) {
  if (trouble == Trouble::no_answer) return rung != Rung::radio_cycle;
  return rung >= Rung::radio_cycle;  // The line is in order.
}

}  // namespace

std::string_view name_of(Trouble trouble) {
  switch (trouble) {
    case Trouble::no_answer:
      return "no_answer";
    case Trouble::not_registered:
      return "not_registered";
    case Trouble::not_sending:
      return "not_sending";
  }
  return "?";
}

std::string RecoveryLadder::why_not(Rung rung, relay::SteadyTime now) {
  if (rung == Rung::usb_reset && !means_.usb_reset) return "it is not on USB";
  if (rung == Rung::power_cycle && !means_.power_cycle) return "the board has no line for it";
  const auto& before = last_[static_cast<std::size_t>(rung)];
  if (before && now - *before < plan_.spacing_of(rung)) return "too soon after the last one";
  if (!is_reset(rung)) return {};
  while (!resets_.empty() && now - resets_.front() >= day) resets_.pop_front();
  const auto of_this_hour = std::ranges::count_if(resets_, [now](relay::SteadyTime at) { return now - at < hour; });
  if (std::cmp_greater_equal(resets_.size(), plan_.resets_per_day)) return "enough resets today";
  if (std::cmp_greater_equal(of_this_hour, plan_.resets_per_hour)) return "enough resets this hour";
  return {};
}

void RecoveryLadder::count(Rung rung, relay::SteadyTime now) {
  last_[static_cast<std::size_t>(rung)] = now;
  if (is_reset(rung)) resets_.push_back(now);
}

RecoveryLadder::Decision RecoveryLadder::next(Trouble trouble, relay::SteadyTime now) {
  const bool rested = resting_until_ && now >= *resting_until_;
  if (rested || !last_trouble_ || now - *last_trouble_ > quiet) position_ = 0;
  if (rested) resting_until_.reset();
  last_trouble_ = now;
  Decision decision;
  for (; position_ < plan_.steps.size(); ++position_) {
    const Rung rung = plan_.steps[position_];
    if (!helps(rung, trouble)) continue;
    const std::string reason = resting_until_ && is_reset(rung) ? "it has given up for now" : why_not(rung, now);
    if (!reason.empty()) {
      decision.skipped += relay::concat(decision.skipped.empty() ? "" : ", ", name_of(rung), " (", reason, ")");
      continue;
    }
    ++position_;
    count(rung, now);
    decision.rung = rung;
    return decision;
  }
  return at_the_end(trouble, now, std::move(decision.skipped));
}

RecoveryLadder::Decision RecoveryLadder::at_the_end(Trouble trouble, relay::SteadyTime now, std::string skipped) {
  Decision decision;
  decision.skipped = std::move(skipped);
  if (!resting_until_) {
    resting_until_ = now + rest_;
    rest_ = std::min(rest_ * 2, longest_rest);
    decision.gave_up = true;
  }
  // Looking whether a silent modem has come back costs nothing.
  if (trouble == Trouble::no_answer) decision.rung = Rung::reopen;
  return decision;
}

void RecoveryLadder::recovered() {
  position_ = 0;
  rest_ = first_rest;
  resting_until_.reset();
}

relay::Millis OpenBackoff::next() { return std::exchange(delay_, std::min(last, delay_ * 2)); }

}  // namespace modem
