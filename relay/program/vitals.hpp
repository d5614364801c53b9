#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "relay/base/clock.hpp"
#include "relay/base/result.hpp"

namespace relay::program {

/// Whether the parts of a service turn: each has a count that changes while it works, and a longest time between two
/// changes that is no fault.
class Vitals {
 public:
  /// `clock` outlives this.
  explicit Vitals(const Clock& clock) : clock_(clock) {}

  /// `part` is for people: "the store". From now on `count` must change within `patience`.
  void watch(std::string part, std::function<std::uint64_t()> count, Millis patience);
  /// Looks at all of them. Errors: unavailable, with the first part that stands still, and since when. A change is seen
  /// when it is looked for: look often.
  [[nodiscard]] Result<void> look();

 private:
  struct Part {
    std::string name;
    std::function<std::uint64_t()> count;
    Millis patience;
    std::uint64_t seen;
    SteadyTime changed;
  };
  const Clock& clock_;
  std::vector<Part> parts_;
};

}  // namespace relay::program
