#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/options.hpp"
#include "tests/sim/world.hpp"

namespace sim {

/// What one run came to, as a line between processes.
struct Outcome {
  std::uint64_t seed = 0;
  std::uint64_t hash = 0;
  std::uint64_t handlers = 0;
  std::string invariant;  ///< Empty: no violation. "crash": the process died in this run.
  std::string sentence;
  Tally tally;
};

/// Runs seeds in `jobs` processes of their own, so that a run that crashes takes no other with it.
/// `tell` is called for each run as it ends, in no order; false stops the batch.
void run_batch(const std::vector<std::uint64_t>& seeds, int jobs, const std::function<Outcome(std::uint64_t)>& run,
               const std::function<bool(const Outcome&)>& tell);

}  // namespace sim
