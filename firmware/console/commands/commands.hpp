#pragma once

#include <vector>

#include "firmware/console/command.hpp"

namespace firmware::console {

// The rows of the table, by subject.
void add_show_commands(std::vector<Command>& all);
void add_box_commands(std::vector<Command>& all);
void add_queue_commands(std::vector<Command>& all);
void add_config_commands(std::vector<Command>& all);
void add_user_commands(std::vector<Command>& all);
void add_key_commands(std::vector<Command>& all);
void add_modem_commands(std::vector<Command>& all);
void add_care_commands(std::vector<Command>& all);
void add_reset_commands(std::vector<Command>& all);
void add_update_commands(std::vector<Command>& all);

/// All of them.
[[nodiscard]] std::vector<Command> all_commands();

}  // namespace firmware::console
