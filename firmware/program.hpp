#pragma once

#include "relay/program/program.hpp"

namespace firmware {

/// edge-relayd: the appliance on the box's own serial ports, sockets and links.
[[nodiscard]] relay::program::Program program();

}  // namespace firmware
