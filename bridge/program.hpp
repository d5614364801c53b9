#pragma once

#include "relay/program/program.hpp"

namespace bridge {

/// edge-bridged: the bridge on this machine's own sockets and disk.
[[nodiscard]] relay::program::Program program();

}  // namespace bridge
