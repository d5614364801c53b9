#pragma once

#include <cstdint>

#include <nlohmann/json_fwd.hpp>

#include "firmware/modem/modem_provider.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/timeline.hpp"

namespace firmware::api {

/// Who asks. Applications see of IMEI, ICCID, IMSI and numbers the last four digits, and nothing that the network said.
enum class Viewer : std::uint8_t { application, admin };

/// One modem of GET /v1/modems.
[[nodiscard]] nlohmann::ordered_json modem_json(const modem::ModemProvider& modem, Viewer viewer,
                                                const relay::Clock& clock, const relay::Timeline& timeline);

}  // namespace firmware::api
