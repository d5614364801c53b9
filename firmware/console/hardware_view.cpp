#include "firmware/console/hardware_view.hpp"

#include <cstdlib>

#include "firmware/console/layout.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using hal::StorageHealth;
using nlohmann::ordered_json;
using relay::concat;

/// "time_server" as it is said.
std::string said(std::string name) {
  for (char& c : name) c = c == '_' ? ' ' : c;
  return name;
}

}  // namespace

ordered_json hardware_of(const ordered_json& health, const char* part) {
  if (!health.is_object() || !health.contains("hardware") || !health["hardware"].is_object())
    return ordered_json::object();
  const auto found = health["hardware"].find(part);
  return found == health["hardware"].end() || !found->is_object() ? ordered_json::object() : *found;
}

std::string clock_sentence(const ordered_json& clock) {
  if (clock.value("believed", false)) return concat("yes: the ", said(text_of(clock, "by")), " confirms it");
  if (const auto by = text_of(clock, "contradicted_by"); !by.empty()) {
    const auto ahead = clock.value("ahead_seconds", std::int64_t{0});
    return concat("no: it is ", duration_text(std::abs(ahead)), ahead < 0 ? " behind the " : " ahead of the ",
                  said(by));
  }
  return "no: nobody confirms it; deadlines do not depend on it";
}

bool is_worn(const StorageHealth& disk) {
  constexpr int worn_percent = 90;
  return disk.wear_percent.value_or(0) >= worn_percent || disk.reserve == StorageHealth::Reserve::low ||
         disk.reserve == StorageHealth::Reserve::urgent;
}

std::string wear_sentence(const StorageHealth& disk) {
  std::string out;
  if (disk.wear_percent) {
    out = *disk.wear_percent > 100 ? "beyond what it was made for"
                                   : concat("up to ", *disk.wear_percent, " % of its life is used up");
  } else {
    out = disk.kind == StorageHealth::Kind::sd_card ? "an SD card cannot tell" : "this disk does not tell";
  }
  if (disk.reserve != StorageHealth::Reserve::unknown) out += concat("; spare blocks: ", hal::name_of(disk.reserve));
  return out;
}

std::string watchdog_sentence(const ordered_json& watchdog) {
  if (const auto trouble = text_of(watchdog, "trouble"); !trouble.empty()) return trouble;
  std::string out = text_of(watchdog, "identity");
  out += watchdog.value("running", false) ? ", fed" : ", not fed";
  if (const auto timeout = text_of(watchdog, "timeout_seconds"); !timeout.empty())
    out += concat("; it waits ", timeout, " s");
  if (watchdog.value("reset_the_machine", false)) out += "; it has ended the run before this one";
  return out;
}

}  // namespace firmware::console
