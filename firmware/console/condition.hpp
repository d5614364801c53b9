#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "firmware/console/admin_client.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

/// Something that somebody should look at.
struct Alarm {
  bool grave = false;  ///< Nothing gets out, or nothing gets in.
  std::string code;    ///< For the telephone: "E-MODEM-001".
  std::string text;    ///< What is wrong, and where.
  std::string remedy;  ///< What to do next.
};

/// What is wrong with a box, by the daemon's health report (firmware/api/alarms.hpp), what is grave first. Pure.
[[nodiscard]] std::vector<Alarm> alarms_of(const nlohmann::ordered_json& health);

/// The state of the box in one word and one line: what prompt, banner and LED show.
struct Condition {
  std::string word = "DEAD";  ///< "OK", "DEG", "FAIL", "DEAD"
  std::string line;           ///< "OK", "DEGRADED: modem-1: not registered", ...
  nlohmann::ordered_json health;
  std::vector<Alarm> alarms;
};
[[nodiscard]] relay::Task<Condition> look_at(AdminClient& daemon);

}  // namespace firmware::console
