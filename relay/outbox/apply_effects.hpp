#pragma once

#include "relay/outbox/outbox.hpp"
#include "relay/outbox/store.hpp"

namespace relay::outbox {

/// Brings the counters in memory up to what a committed operation has changed. An application's usage is kept for its
/// latest day; what is given back to an earlier one stands in the store only.
void apply_effects(const Effects& effects, Counters& counters);

}  // namespace relay::outbox
