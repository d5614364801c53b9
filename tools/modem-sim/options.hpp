#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tools/modem-sim/model/config.hpp"

namespace modem_sim {

struct Options {
  ModemConfig modem;
  std::string link;
  std::string log;
  std::string control;
  std::uint64_t seed = 1;
};

/// Reads the command line. Without a value the program ends with `exit_status`: help was printed, or the complaint.
struct ParsedOptions {
  std::optional<Options> options;
  int exit_status = 0;
};
[[nodiscard]] ParsedOptions parse_options(int argc, char** argv);

/// "none", "delivered", "failed" or "pending_then_delivered".
[[nodiscard]] std::optional<ReportOutcome> report_outcome_of(const std::string& name);

}  // namespace modem_sim
