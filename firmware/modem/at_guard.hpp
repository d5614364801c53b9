#pragma once

#include <string>
#include <string_view>

#include "relay/base/result.hpp"

namespace modem {

/// Which commands a technician may send by hand while the relay works with the same modem: what only asks, and a list
/// of settings of radio and network that the driver does not touch. Refused is what locks, wipes, pays, switches off or
/// takes the line from the driver (PIN, PUK, facility locks, factory settings, firmware, calls, messages, +CFUN, +CMGF,
/// +CNMI, +CPMS ...). Pure. Errors: invalid_argument (not one command of printable ASCII), conflict (refused), with the
/// reason and, where there is one, the right way to the same end.
[[nodiscard]] relay::Result<std::string> checked_command(std::string_view text);

/// The command as a log may show it: without its arguments.
[[nodiscard]] std::string command_for_log(std::string_view text);

}  // namespace modem
