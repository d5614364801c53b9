#pragma once

#include <map>
#include <string>

#include "hal/thermometer.hpp"

namespace hal {

/// Sensors in memory, by their zones. None at first.
class SimThermometer final : public Thermometer {
 public:
  std::map<std::string, double, std::less<>> zones;

  [[nodiscard]] relay::Result<double> celsius(const std::string& zone) override {
    const auto found = zone.empty() ? zones.begin() : zones.find(zone);
    if (found == zones.end()) return relay::fail(relay::ErrorCode::not_found, "there is no thermal zone " + zone);
    return found->second;
  }
};

}  // namespace hal
