#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "firmware/hardware/hardware_health.hpp"

namespace firmware::api {

/// "hardware" of GET /v1/health. What the board lacks is left out.
[[nodiscard]] nlohmann::ordered_json hardware_json(const HardwareHealth& health);
/// The same for GET /metrics, added to `out`.
void render_hardware_metrics(std::string& out, const HardwareHealth& health);

}  // namespace firmware::api
