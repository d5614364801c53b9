#include "firmware/modem/status.hpp"

#include "firmware/modem/at/answers.hpp"

namespace modem {

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

bool ModemStatus::registered() const {
  constexpr int denied = 3;
  const auto& [circuit, packet, lte] = registration;
  return at::is_registered(circuit) || at::is_registered(lte) || (at::is_registered(packet) && circuit != denied);
}

}  // namespace modem
