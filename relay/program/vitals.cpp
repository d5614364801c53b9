#include "relay/program/vitals.hpp"

#include <utility>

#include "relay/base/concat.hpp"

namespace relay::program {

void Vitals::watch(std::string part, std::function<std::uint64_t()> count, Millis patience) {
  const std::uint64_t seen = count();
  parts_.push_back({std::move(part), std::move(count), patience, seen, clock_.steady()});
}

Result<void> Vitals::look() {
  const SteadyTime now = clock_.steady();
  const Part* still = nullptr;
  for (auto& part : parts_) {
    const std::uint64_t count = part.count();
    if (std::exchange(part.seen, count) != count) part.changed = now;
    if (still == nullptr && now - part.changed > part.patience) still = &part;
  }
  if (still == nullptr) return {};
  return fail(ErrorCode::unavailable,
              concat(still->name, " has stood still for ", (now - still->changed).count() / 1000, " s"));
}

}  // namespace relay::program
