#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "relay/base/time.hpp"
#include "tools/modem-sim/model/submit.hpp"

namespace modem_sim {

/// A message that the simulated network took. This is the truth that tests compare the relay's story with.
struct Acceptance {
  int reference = 0;        ///< TP-MR that the modem gave
  std::int64_t number = 0;  ///< Counts up from 0; its reports bear it.
  Submit submit;
  std::string pdu;  ///< hex, with the SMSC part
};

/// One thing that happened, in order. Names are literals: "accepted", "prompt", "busy_begin", "busy_end", "error",
/// "refused_pdu", "fault", "report", "report_dropped", "inbound", "stored", "store_full", "deleted", "ignored_input",
/// "registration", "boot", "rebooting", "unplugged", "plugged", "unacknowledged", "dropped".
struct Event {
  using Value = std::variant<std::int64_t, std::string>;
  relay::SteadyTime at;
  std::string_view name;
  std::vector<std::pair<std::string_view, Value>> fields;
  std::optional<Acceptance> acceptance;  ///< with "accepted"
};

}  // namespace modem_sim
