#pragma once

#include <span>
#include <string>

#include "firmware/modem/modem_provider.hpp"

namespace firmware::api {

/// All that GET /metrics tells of the modems.
[[nodiscard]] std::string render_modem_metrics(std::span<modem::ModemProvider* const> modems);

}  // namespace firmware::api
