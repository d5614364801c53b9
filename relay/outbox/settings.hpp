#pragma once

#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/outbox/sqlite_outbox.hpp"

namespace relay::outbox {

/// The table "storage".
[[nodiscard]] const config::Table& settings_table();
/// `section` was checked against the table. `history` and `prune_above` are for whoever calls prune(); they are read
/// there.
[[nodiscard]] SqliteOutboxSettings settings_from(const config::Section& section);

}  // namespace relay::outbox
