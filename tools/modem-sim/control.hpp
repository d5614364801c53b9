#pragma once

#include <string>
#include <string_view>

#include "tools/modem-sim/host.hpp"

namespace modem_sim {

/// The commands of the control socket (README.md): one JSON object in, one JSON object out, both without newline. Never
/// throws.
struct ControlReply {
  std::string line;
  bool quit = false;
};
[[nodiscard]] ControlReply run_control_command(Host& host, std::string_view line);

}  // namespace modem_sim
