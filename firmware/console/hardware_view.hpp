#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "hal/storage.hpp"

namespace firmware::console {

/// What the daemon tells of the hardware ("hardware" of GET /v1/health), for people. Pure.

/// One part of it ("clock", "watchdog"); an empty object: it is not told, as by an older daemon.
[[nodiscard]] nlohmann::ordered_json hardware_of(const nlohmann::ordered_json& health, const char* part);

/// "yes: a time server", "no: it is 71 h behind the bridge".
[[nodiscard]] std::string clock_sentence(const nlohmann::ordered_json& clock);

/// "up to 30 % of its life is used up", "an SD card cannot tell".
[[nodiscard]] std::string wear_sentence(const hal::StorageHealth& disk);
/// From here on the disk should be replaced.
[[nodiscard]] bool is_worn(const hal::StorageHealth& disk);

/// "Broadcom BCM2835 Watchdog timer, fed; it waits 15 s".
[[nodiscard]] std::string watchdog_sentence(const nlohmann::ordered_json& watchdog);

}  // namespace firmware::console
