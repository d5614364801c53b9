#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "relay/base/random.hpp"
#include "relay/base/time.hpp"

namespace modem_sim {

enum class FaultKind : std::uint8_t {
  // taken by the next +CMGS or +CMGW
  no_prompt,      ///< The command is lost: no prompt, no answer.
  silent_prompt,  ///< The modem waits for the PDU and shows no prompt.
  bare_prompt,    ///< The prompt comes without its space.
  urc_in_prompt,  ///< A +CMTI comes between ">" and the space.
  // taken by the next send
  send_error,                ///< +CMS ERROR: `code`; the network took nothing.
  lost_before_acceptance,    ///< Nothing sent, no answer; the modem takes commands again after `duration`.
  lost_after_acceptance,     ///< Sent, but the answer is lost.
  reboot_before_acceptance,  ///< The modem restarts instead of sending.
  reboot_after_acceptance,   ///< Sent, then the modem restarts instead of answering.
  lost_ok,                   ///< Sent, "+CMGS: mr" comes, and the OK after it does not.
  // taken by the next answer
  half_line,      ///< Only the first half of the answer comes.
  urc_in_answer,  ///< An unasked line comes before the final result.
  garbage,        ///< `count_of_bytes` random bytes come before the answer.
  // states, for `duration` or, without one, until cleared
  hang,         ///< Takes and answers nothing; without a duration until the line is opened anew or the modem restarts.
  dead,         ///< As hang, but only the power switch or USB helps (unplug, reboot by hand).
  stale_radio,  ///< Registered, and every send fails with +CMS ERROR: 500, until the radio is switched off and on.
  sim_busy,     ///< +CME ERROR: 14, +CMS ERROR: 314
  store_full,   ///< No message storage has a free place.
  // at once
  echo_on,
  urc_storm,   ///< `count_of_bytes` unasked lines, 20 ms apart
  line_noise,  ///< `count_of_bytes` random bytes, now
  reboot,
  deregister,  ///< Registration is lost, for `duration` or until it is set again.
  unplug,      ///< The device goes away, for `duration` or until plugged in.
};

/// Names as the control socket spells them: the enumerators'.
inline constexpr std::array<std::pair<std::string_view, FaultKind>, 24> fault_names{{
    {"no_prompt", FaultKind::no_prompt},
    {"silent_prompt", FaultKind::silent_prompt},
    {"bare_prompt", FaultKind::bare_prompt},
    {"urc_in_prompt", FaultKind::urc_in_prompt},
    {"send_error", FaultKind::send_error},
    {"lost_before_acceptance", FaultKind::lost_before_acceptance},
    {"lost_after_acceptance", FaultKind::lost_after_acceptance},
    {"reboot_before_acceptance", FaultKind::reboot_before_acceptance},
    {"reboot_after_acceptance", FaultKind::reboot_after_acceptance},
    {"lost_ok", FaultKind::lost_ok},
    {"half_line", FaultKind::half_line},
    {"urc_in_answer", FaultKind::urc_in_answer},
    {"garbage", FaultKind::garbage},
    {"hang", FaultKind::hang},
    {"dead", FaultKind::dead},
    {"stale_radio", FaultKind::stale_radio},
    {"sim_busy", FaultKind::sim_busy},
    {"store_full", FaultKind::store_full},
    {"echo_on", FaultKind::echo_on},
    {"urc_storm", FaultKind::urc_storm},
    {"line_noise", FaultKind::line_noise},
    {"reboot", FaultKind::reboot},
    {"deregister", FaultKind::deregister},
    {"unplug", FaultKind::unplug},
}};
[[nodiscard]] std::string_view name_of(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> fault_kind_of(std::string_view name);

struct Fault {
  FaultKind kind = FaultKind::no_prompt;
  int count = 1;  ///< How often it strikes; below 0 without limit.
  double probability = 1.0;
  std::optional<relay::Millis>
      duration;             ///< Of the state or of the silence; for the others: how long the fault stays armed.
  int code = 500;           ///< send_error
  int count_of_bytes = 16;  ///< garbage, line_noise (bytes), urc_storm (lines); 1..10,000
};

/// The faults that wait for their moment.
class FaultSet {
 public:
  void arm(const Fault& fault, relay::SteadyTime now);
  /// The fault of `kind` that strikes now, if one does. Counts it.
  std::optional<Fault> strike(FaultKind kind, relay::SteadyTime now, relay::Random& random);
  /// Whether a state (hang, dead, stale_radio, sim_busy, store_full) holds.
  [[nodiscard]] bool holds(FaultKind kind, relay::SteadyTime now) const;
  /// Ends the states of `kind` that have no end of their own.
  void end_open(FaultKind kind);
  void clear(FaultKind kind);
  void clear() { armed_.clear(); }

 private:
  struct Armed {
    Fault fault;
    std::optional<relay::SteadyTime> until;
  };
  std::vector<Armed> armed_;
};

}  // namespace modem_sim
