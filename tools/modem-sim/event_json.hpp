#pragma once

#include <string>

#include "tools/modem-sim/model/event.hpp"
#include "tools/modem-sim/model/ledger.hpp"

namespace modem_sim {

/// One event as one line of JSON, without the newline. `t_ms` counts from the machine's boot (CLOCK_BOOTTIME).
[[nodiscard]] std::string json_line(const Event& event);
[[nodiscard]] std::string json_line(const Ledger::Entry& entry);

}  // namespace modem_sim
