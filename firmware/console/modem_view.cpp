#include "firmware/console/modem_view.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "firmware/console/layout.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using nlohmann::ordered_json;
using Rows = std::vector<std::pair<std::string, std::string>>;

constexpr int weakest_dbm = -113;  // 3GPP TS 27.007, 8.5: +CSQ 0
constexpr int step_dbm = 4;
constexpr int longest_bar = 15;

std::string label_of(std::string name) {
  std::ranges::replace(name, '_', ' ');
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

void add_facts(Rows& rows, const ordered_json& object, const std::string& before) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_null() || (before.empty() && name == "name")) continue;
    if (value.is_object()) {
      add_facts(rows, value, before + name + " ");
    } else if (value.is_array()) {
      for (const auto& entry : value) rows.emplace_back(label_of(before + name), entry.dump());
    } else {
      rows.emplace_back(label_of(before + name), text_of(object, name.c_str()));
    }
  }
}

}  // namespace

std::string modem_fact(const ordered_json& modem, const char* group, const char* member) {
  if (modem.is_object() && modem.contains(group) && modem[group].is_object()) return text_of(modem[group], member);
  return text_of(modem, member);
}

std::string modem_text(const ordered_json& modem, std::string_view group) {
  Rows rows{{"Modem", text_of(modem, "name")}};
  const std::string name{group};
  const bool grouped = !name.empty() && modem.contains(name) && modem[name].is_object();
  add_facts(rows, grouped ? modem[name] : modem, "");
  return fields(rows);
}

std::string signal_line(const ordered_json& modem) {
  const std::string dbm = modem_fact(modem, "network", "signal_dbm");
  std::string bar = "no signal";
  if (!dbm.empty()) {
    const int level = std::clamp((std::atoi(dbm.c_str()) - weakest_dbm) / step_dbm, 0, longest_bar);
    bar = relay::concat("[", std::string(static_cast<std::size_t>(level), '#'),
                        std::string(static_cast<std::size_t>(longest_bar - level), '.'), "] ", dbm, " dBm");
  }
  std::string registration = text_of(modem, "registration");
  if (registration.empty())
    registration = modem_fact(modem, "network", "registered") == "yes" ? "registered" : "not registered";
  std::string out = relay::concat(text_of(modem, "name"), "  ", bar, "  ", registration, "  ",
                                  modem_fact(modem, "network", "operator"));
  for (const char* more : {"rsrp_dbm", "rsrq_db", "sinr_db"}) {
    if (const auto value = modem_fact(modem, "network", more); !value.empty())
      out += relay::concat("  ", std::string_view{more}.substr(0, 4), " ", value);
  }
  return out + "\n";
}

}  // namespace firmware::console
