#include "firmware/modem/at/command.hpp"

#include <array>

namespace at {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Row {
  std::string_view start;  ///< The longest that begins the command counts.
  std::string_view prefix;
  relay::Millis limit;
  bool bare_answer = false;
  bool limit_per_line = false;
};

constexpr std::array rows{
    Row{"AT+CGMI", "+CGMI:", seconds{5}, true},
    Row{"AT+CGMM", "+CGMM:", seconds{5}, true},
    Row{"AT+CGMR", "+CGMR:", seconds{5}, true},
    Row{"AT+CGSN", "+CGSN:", seconds{5}, true},
    Row{"AT+CIMI", "+CIMI:", seconds{10}, true},
    Row{"AT+CCID", "+CCID:", seconds{10}, true},
    Row{"AT+ICCID", "+ICCID:", seconds{10}, true},
    Row{"AT+QCCID", "+QCCID:", seconds{10}, true},
    Row{"AT^ICCID?", "^ICCID:", seconds{10}, true},
    Row{"AT#CCID", "#CCID:", seconds{10}, true},
    Row{"AT+CICCID", "+ICCID:", seconds{10}, true},
    Row{"AT+CPIN?", "+CPIN:", seconds{10}},
    Row{"AT+CPIN=", "", seconds{180}},  // u-blox takes up to 180 s: never a second try meanwhile
    Row{"AT+CPINR", "+CPINR:", seconds{10}},
    Row{"AT+CSIM=", "+CSIM:", seconds{10}},
    Row{"AT+CMSS=", "+CMSS:", seconds{180}},
    Row{"AT+CFUN?", "+CFUN:", seconds{10}},
    Row{"AT+CFUN=", "", seconds{180}},
    Row{"AT+CFUN=1,1", "", seconds{15}},
    Row{"AT+CREG?", "+CREG:", seconds{5}},
    Row{"AT+CGREG?", "+CGREG:", seconds{5}},
    Row{"AT+CEREG?", "+CEREG:", seconds{5}},
    Row{"AT+COPS?", "+COPS:", seconds{10}},
    Row{"AT+COPS=3", "", seconds{10}},
    Row{"AT+CUSD=", "", seconds{15}},  // its +CUSD comes later, unasked
    Row{"AT+CESQ", "+CESQ:", seconds{5}},
    Row{"AT+CSQ", "+CSQ:", seconds{5}},
    Row{"AT+CSMS", "+CSMS:", seconds{5}},
    Row{"AT+CPMS=", "+CPMS:", seconds{10}},
    Row{"AT+CPMS?", "+CPMS:", seconds{5}},
    Row{"AT+CSCA?", "+CSCA:", seconds{10}},
    Row{"AT+CNMI", "+CNMI:", seconds{5}},
    Row{"AT+CNMA", "", seconds{3}},
    Row{"AT+CMGR=", "+CMGR:", seconds{10}},
    Row{"AT+CMGD=", "", seconds{25}},
    Row{"AT+CMGL=", "+CMGL:", seconds{30}, false, true},
};

constexpr Row plain{"AT", "", seconds{5}};

/// "AT+QCFG=..." gives "+QCFG:". Nothing for the basic commands (ATE0, AT&F).
std::string own_prefix(std::string_view text) {
  constexpr std::string_view signs = "+^#*$%!";
  if (text.size() < 4 || signs.find(text[2]) == std::string_view::npos) return {};
  return std::string{text.substr(2, text.find_first_of("=?", 3) - 2)} + ":";
}

}  // namespace

Command command(std::string text) {
  const Row* best = &plain;
  for (const Row& row : rows) {
    if (text.starts_with(row.start) && row.start.size() > best->start.size()) best = &row;
  }
  std::string prefix = best == &plain ? own_prefix(text) : std::string{best->prefix};
  return {std::move(text), std::move(prefix), best->limit, best->bare_answer, best->limit_per_line};
}

}  // namespace at
