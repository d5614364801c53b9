#pragma once

namespace sim {

/// edge-relay-sim. Exit status: 0 no violation, 1 a violation (or a run that did not end), 2 a wrong argument.
[[nodiscard]] int run_command(int argc, char** argv);

}  // namespace sim
