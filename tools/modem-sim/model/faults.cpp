#include "tools/modem-sim/model/faults.hpp"

#include <algorithm>

namespace modem_sim {
namespace {

/// For these the duration is the length of what they do, not how long they lie in wait.
bool duration_is_effect(FaultKind kind) {
  return kind == FaultKind::lost_before_acceptance || kind == FaultKind::lost_after_acceptance;
}

bool chance(double probability, relay::Random& random) {
  if (probability >= 1.0) return true;
  return static_cast<double>(random.below(1'000'000)) < probability * 1'000'000.0;
}

}  // namespace

std::string_view name_of(FaultKind kind) {
  const auto* const found = std::ranges::find(fault_names, kind, [](const auto& entry) { return entry.second; });
  return found == fault_names.end() ? "unknown" : found->first;
}

std::optional<FaultKind> fault_kind_of(std::string_view name) {
  const auto* const found = std::ranges::find(fault_names, name, [](const auto& entry) { return entry.first; });
  return found == fault_names.end() ? std::nullopt : std::optional{found->second};
}

void FaultSet::arm(const Fault& fault, relay::SteadyTime now) {
  const bool ends = fault.duration && !duration_is_effect(fault.kind);
  armed_.push_back({fault, ends ? std::optional{now + *fault.duration} : std::nullopt});
}

std::optional<Fault> FaultSet::strike(FaultKind kind, relay::SteadyTime now, relay::Random& random) {
  std::erase_if(armed_, [&](const Armed& armed) { return armed.until && *armed.until <= now; });
  for (auto armed = armed_.begin(); armed != armed_.end(); ++armed) {
    if (armed->fault.kind != kind || !chance(armed->fault.probability, random)) continue;
    const Fault struck = armed->fault;
    if (armed->fault.count > 0 && --armed->fault.count == 0) armed_.erase(armed);
    return struck;
  }
  return std::nullopt;
}

bool FaultSet::holds(FaultKind kind, relay::SteadyTime now) const {
  return std::ranges::any_of(
      armed_, [&](const Armed& armed) { return armed.fault.kind == kind && (!armed.until || now < *armed.until); });
}

void FaultSet::end_open(FaultKind kind) {
  std::erase_if(armed_, [&](const Armed& armed) { return armed.fault.kind == kind && !armed.until; });
}

void FaultSet::clear(FaultKind kind) {
  std::erase_if(armed_, [&](const Armed& armed) { return armed.fault.kind == kind; });
}

}  // namespace modem_sim
