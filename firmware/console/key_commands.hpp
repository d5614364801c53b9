#pragma once

#include <cstdint>
#include <string>

#include "firmware/console/admin_client.hpp"

namespace firmware::console {

/// `relayctl key ...`. Each returns what goes to standard output; the new key itself is its last line, so that a script
/// can take it.
[[nodiscard]] relay::Task<relay::Result<std::string>> add_key(AdminClient& client, std::string name,
                                                              std::string message_class, int weight,
                                                              std::int64_t daily_limit);
/// `daily_limit` in message parts; 0: no limit.
[[nodiscard]] relay::Task<relay::Result<std::string>> limit_key(AdminClient& client, std::string name,
                                                                std::int64_t daily_limit);
[[nodiscard]] relay::Task<relay::Result<std::string>> list_keys(AdminClient& client);
[[nodiscard]] relay::Task<relay::Result<std::string>> revoke_key(AdminClient& client, std::string name);
/// `relayctl health`: the daemon's own report, as JSON.
[[nodiscard]] relay::Task<relay::Result<std::string>> show_health(AdminClient& client);

}  // namespace firmware::console
