#pragma once

#include "relay/message/vocabulary.hpp"

namespace relay {

/// The one table of lawful state changes. Everything that writes a state asks here; a final state allows none (I2).
[[nodiscard]] bool is_lawful(State from, State to);

}  // namespace relay
