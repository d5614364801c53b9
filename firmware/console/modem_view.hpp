#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace firmware::console {

/// What the daemon tells of a modem (docs/api.md, "Modems"), for people. Pure. An older daemon tells less, and flat.

/// A member of one of its groups ("network", "signal_dbm"), or of the modem itself; empty when it is not told.
[[nodiscard]] std::string modem_fact(const nlohmann::ordered_json& modem, const char* group, const char* member);

/// Every fact of the groups wanted ("sim", "network"; none: all), a line each.
[[nodiscard]] std::string modem_text(const nlohmann::ordered_json& modem, std::string_view group = {});

/// "modem-1  [########.......] -83 dBm  registered  24405"
[[nodiscard]] std::string signal_line(const nlohmann::ordered_json& modem);

}  // namespace firmware::console
