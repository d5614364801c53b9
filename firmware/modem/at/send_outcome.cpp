#include "firmware/modem/at/send_outcome.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "relay/base/planted_fault.hpp"

namespace at {
namespace {

using relay::Millis;
using relay::Outcome;

enum class After : unsigned char {
  nothing,
  late_is_unknown,  ///< Past `late_answer`, or whatever says that the network was asked, it may have been sent.
  restart_session,
};

struct Row {
  int first;
  int last;
  Outcome outcome;
  std::string_view meaning;
  After after = After::nothing;
  int retry_after_s = 0;
};

/// 27.005 clause 3.2.5: 0-127 are 24.011 annex E-2 (RP-CAUSE), 128-255 23.040 clause 9.2.3.22 (TP-FCS), 300-511 the
/// modem, 512 and up the vendor's. Later issues may overlay a vendor's table (profiles/).
constexpr std::array cms_rows{
    Row{1, 1, Outcome::recipient_refused, "unassigned number"},
    Row{8, 8, Outcome::account, "barred by the operator"},
    Row{10, 10, Outcome::account, "call barred"},
    Row{21, 21, Outcome::refused, "short message transfer rejected"},
    Row{22, 22, Outcome::throttled, "memory capacity exceeded", After::nothing, 60},
    Row{27, 27, Outcome::throttled, "destination out of service", After::nothing, 300},
    Row{28, 28, Outcome::account, "unidentified subscriber"},
    Row{29, 29, Outcome::account, "facility rejected (often: no credit)"},
    Row{30, 30, Outcome::account, "unknown subscriber"},
    Row{38, 38, Outcome::unavailable, "network out of order"},
    Row{41, 41, Outcome::throttled, "temporary failure in the network", After::late_is_unknown, 10},
    Row{42, 42, Outcome::throttled, "network congestion", After::late_is_unknown, 10},
    Row{47, 47, Outcome::throttled, "network resources unavailable", After::late_is_unknown, 10},
    Row{50, 50, Outcome::account, "facility not subscribed"},
    Row{69, 69, Outcome::account, "facility not implemented"},
    Row{81, 81, Outcome::refused, "invalid reference value", After::late_is_unknown},
    Row{95, 97, Outcome::refused, "invalid message"},
    Row{98, 98, Outcome::refused, "message not compatible with the protocol state", After::late_is_unknown},
    Row{99, 99, Outcome::refused, "information element not implemented"},
    Row{111, 111, Outcome::unavailable, "protocol error in the network", After::late_is_unknown},
    Row{127, 127, Outcome::unavailable, "interworking, unspecified", After::late_is_unknown},
    Row{128, 131, Outcome::refused, "protocol identifier not supported by the service centre"},
    Row{143, 145, Outcome::refused, "data coding scheme not supported by the service centre"},
    Row{159, 161, Outcome::refused, "command not supported by the service centre"},
    Row{175, 176, Outcome::refused, "TPDU not supported by the service centre"},
    Row{192, 192, Outcome::throttled, "service centre busy", After::nothing, 30},
    Row{193, 193, Outcome::account, "no subscription at the service centre"},
    Row{194, 194, Outcome::unavailable, "service centre system failure"},
    Row{195, 195, Outcome::recipient_refused, "invalid recipient address"},
    Row{196, 196, Outcome::recipient_refused, "recipient barred"},
    Row{197, 197, Outcome::accepted, "the service centre has this message already"},
    Row{198, 199, Outcome::refused, "validity period not supported by the service centre"},
    Row{208, 213, Outcome::unavailable, "message storage of the SIM", After::restart_session},
    Row{255, 255, Outcome::unavailable, "unspecified error", After::late_is_unknown},
    Row{300, 300, Outcome::unavailable, "modem failure", After::restart_session},
    Row{301, 301, Outcome::throttled, "the modem's SMS service is reserved", After::nothing, 5},
    Row{302, 303, Outcome::unavailable, "the modem does not allow or support it now", After::restart_session},
    Row{304, 305, Outcome::refused, "invalid PDU", After::restart_session},
    Row{310, 310, Outcome::account, "no SIM"},
    Row{311, 312, Outcome::account, "SIM PIN needed"},
    Row{313, 313, Outcome::account, "SIM failure"},
    Row{314, 314, Outcome::unavailable, "SIM busy"},
    Row{315, 315, Outcome::account, "wrong SIM"},
    Row{316, 318, Outcome::account, "SIM PUK needed"},
    Row{320, 322, Outcome::unavailable, "message storage of the modem", After::restart_session},
    Row{330, 330, Outcome::account, "the SIM has no service centre address"},
    Row{331, 331, Outcome::unavailable, "no network service"},
    Row{332, 332, Outcome::unknown, "network timeout"},
    Row{500, 500, Outcome::unavailable, "unknown error", After::late_is_unknown},
    Row{512, 9999, Outcome::unavailable, "vendor's own error", After::late_is_unknown},
};

/// 27.007 clause 9.2.
constexpr std::array cme_rows{
    Row{3, 4, Outcome::unavailable, "operation not allowed or not supported", After::restart_session},
    Row{5, 7, Outcome::account, "the modem is locked to another SIM or network"},
    Row{10, 10, Outcome::account, "no SIM"},
    Row{11, 11, Outcome::account, "SIM PIN needed"},
    Row{12, 12, Outcome::account, "SIM PUK needed"},
    Row{13, 13, Outcome::account, "SIM failure"},
    Row{14, 14, Outcome::unavailable, "SIM busy"},
    Row{15, 15, Outcome::account, "wrong SIM"},
    Row{16, 18, Outcome::account, "SIM PIN or PUK needed"},
    Row{20, 23, Outcome::unavailable, "message storage of the modem", After::restart_session},
    Row{24, 27, Outcome::refused, "the modem cannot read the message", After::restart_session},
    Row{30, 30, Outcome::unavailable, "no network service"},
    Row{31, 31, Outcome::unknown, "network timeout"},
    Row{32, 32, Outcome::account, "emergency calls only"},
    Row{40, 47, Outcome::account, "the modem is locked to another network or provider"},
    Row{50, 50, Outcome::refused, "incorrect parameters", After::restart_session},
    Row{100, 100, Outcome::unavailable, "unknown error", After::late_is_unknown},
    Row{103, 103, Outcome::account, "illegal mobile station"},
    Row{106, 106, Outcome::account, "illegal equipment"},
    Row{111, 113, Outcome::account, "network, area or roaming not allowed"},
};

constexpr Row unlisted{0, 0, Outcome::unavailable, "an error that is in no table", After::late_is_unknown};
constexpr Row plain_error{0, 0, Outcome::unavailable, "the modem answered ERROR", After::late_is_unknown};

const Row& find_row(std::span<const Row> rows, int code) {
  const auto found =
      std::ranges::find_if(rows, [code](const Row& row) { return row.first <= code && code <= row.last; });
  return found == rows.end() ? unlisted : *found;
}

SendOutcome decide(const Row& row, bool submitted, Millis waited) {
  SendOutcome result{row.outcome, row.meaning, std::nullopt, row.after == After::restart_session};
  if (!submitted && (row.outcome == Outcome::unknown || row.outcome == Outcome::accepted)) {
    result.outcome = Outcome::unavailable;  // Without the 0x1A nothing can be out.
  }
  if (submitted && row.after == After::late_is_unknown && waited > late_answer) result.outcome = Outcome::unknown;
  if (result.outcome == Outcome::throttled) result.retry_after = std::chrono::seconds{row.retry_after_s};
  return result;
}

}  // namespace

SendOutcome outcome_of(const Final& final, bool submitted, Millis waited) {
  const bool certain = !submitted || relay::planted(relay::PlantedFault::lost_ok_taken_as_failure);
  const Outcome silent = certain ? Outcome::unavailable : Outcome::unknown;
  switch (final.kind) {
    case Final::Kind::ok:
      if (submitted) return {Outcome::accepted, "the service centre has it", {}, false};
      return {Outcome::unavailable, "the modem gave no prompt", {}, false};
    case Final::Kind::cms:
      return decide(find_row(cms_rows, final.code), submitted, waited);
    case Final::Kind::cme:
      return decide(find_row(cme_rows, final.code), submitted, waited);
    case Final::Kind::error:
    case Final::Kind::call:
      return decide(plain_error, submitted, waited);
    case Final::Kind::silence:
      return {silent, submitted ? "the modem did not answer" : "the modem gave no prompt", {}, false};
    case Final::Kind::interrupted:
      return {silent, "the modem restarted", {}, true};
    case Final::Kind::lost:
      return {silent, "the line to the modem is gone", {}, false};
  }
  return {};
}

}  // namespace at
