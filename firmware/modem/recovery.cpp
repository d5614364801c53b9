#include "firmware/modem/recovery.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace modem {
namespace {

/// The order of the rungs. At the end the last two repeat for as long as it takes.
constexpr std::array order{Rung::resync, Rung::reopen, Rung::restart_modem};
constexpr std::size_t repeats_from = 1;

}  // namespace

std::string_view name_of(Rung rung) {
  switch (rung) {
    case Rung::resync:
      return "resync";
    case Rung::reopen:
      return "reopen";
    case Rung::restart_modem:
      return "restart_modem";
  }
  return "?";
}

Rung RecoveryLadder::next(relay::SteadyTime now) {
  if (now - last_trouble_ > quiet) step_ = 0;
  last_trouble_ = now;
  const Rung rung = order[step_];
  step_ = step_ + 1 < order.size() ? step_ + 1 : repeats_from;
  if (rung != Rung::restart_modem) return rung;
  while (!restarts_.empty() && now - restarts_.front() >= std::chrono::hours{1}) restarts_.pop_front();
  if (restarts_.size() >= max_restarts_per_hour) return Rung::reopen;
  restarts_.push_back(now);
  return rung;
}

relay::Millis OpenBackoff::next() { return std::exchange(delay_, std::min(last, delay_ * 2)); }

}  // namespace modem
