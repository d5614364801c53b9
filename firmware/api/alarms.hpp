#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "firmware/api/health.hpp"

namespace firmware::api {

/// Something that somebody should look at.
struct Alarm {
  bool grave = false;  ///< Nothing gets out, or nothing gets in.
  std::string code;    ///< For the telephone: "E-MODEM-001" (docs/console.md).
  std::string text;    ///< What is wrong, and where.
  std::string remedy;  ///< The console's commands that tell more, or mend it.
};

/// What is wrong with the box, what is grave first. Pure.
[[nodiscard]] std::vector<Alarm> alarms_of(const HealthReport& report);

/// "pass" (no alarm), "warn", or "fail" (a grave one).
[[nodiscard]] std::string_view verdict(const std::vector<Alarm>& alarms);

}  // namespace firmware::api
