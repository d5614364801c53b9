#include "firmware/modem/status.hpp"

#include "firmware/modem/at/answers.hpp"

namespace modem {
namespace {

constexpr int denied = 3;

bool is_roaming(int state) { return state == 5 || state == 7 || state == 10; }

}  // namespace

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::no_port:
      return "no_port";
    case Phase::starting:
      return "starting";
    case Phase::blocked:
      return "blocked";
    case Phase::in_service:
      return "in_service";
    case Phase::recovering:
      return "recovering";
  }
  return "?";
}

std::string_view name_of(SimState state) {
  constexpr std::array<std::string_view, 9> names{"unknown",  "ready",       "absent",     "failed", "pin_not_set",
                                                  "pin_kept", "pin_refused", "puk_needed", "locked"};
  return names[static_cast<std::size_t>(state)];
}

bool ModemStatus::registered() const {
  const auto& [circuit, packet, lte] = registration;
  return at::is_registered(circuit) || at::is_registered(lte) || (at::is_registered(packet) && circuit != denied);
}

bool ModemStatus::roaming() const {
  if (!registered()) return false;
  for (const int state : registration) {
    if (at::is_registered(state) && !is_roaming(state)) return false;
  }
  return true;
}

}  // namespace modem
