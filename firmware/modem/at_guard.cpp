#include "firmware/modem/at_guard.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "relay/base/concat.hpp"

namespace modem {
namespace {

using relay::ErrorCode;
using relay::fail;

constexpr std::size_t max_command = 200;

/// Commands that only tell something though they have no question mark.
constexpr std::array<std::string_view, 24> telling{
    "AT",      "ATI",      "ATI1",     "ATI3",    "ATI9",       "AT+CSQ",     "AT+CESQ", "AT+CGMI",
    "AT+CGMM", "AT+CGMR",  "AT+CGSN",  "AT+GMI",  "AT+GMM",     "AT+GMR",     "AT+GSN",  "AT+CIMI",
    "AT+CCID", "AT+ICCID", "AT+QCCID", "AT+QCSQ", "AT+QNWINFO", "AT+CGPADDR", "AT^HCSQ", "AT#RFSTS",
};

/// Settings of radio, network and operator profile: what facts/modem.md 2.7 tries when a SIM registers and cannot send.
constexpr std::array<std::string_view, 13> tunable{
    "AT+CGSMS=",
    "AT+CEMODE=",
    "AT+CNMP=",
    "AT+CMNB=",
    "AT+QCFG=\"NWSCAN",
    "AT+QCFG=\"IMS\"",
    "AT+QCFG=\"SERVICEDOMAIN\"",
    "AT+QCFG=\"BAND\"",
    "AT+QMBNCFG=\"AUTOSEL\"",
    "AT+UMNOPROF=",
    "AT+URAT=",
    "AT^SYSCFGEX=",
    "AT#WS46=",
};

struct Refused {
  std::string_view start;
  std::string_view why;
};
/// They would be refused for not being on a list too; these say why.
constexpr std::array refused{
    Refused{"AT+CPIN", "a wrong PIN locks the SIM: set pin in the settings, which keeps count of the tries"},
    Refused{"AT+CLCK", "it locks the SIM or bars calls"},
    Refused{"AT+CPWD", "it changes a password of the SIM"},
    Refused{"AT+CSIM", "it talks to the SIM card itself"},
    Refused{"AT+CRSM", "it talks to the SIM card itself"},
    Refused{"AT+CFUN", "use the action reset"},
    Refused{"AT+CUSD", "use the action ussd"},
    Refused{"AT+COPS=?", "a scan takes minutes, in which nothing is sent"},
    Refused{"AT+CMG", "messages are sent by POST /v1/messages, and received ones are in GET /v1/inbound"},
    Refused{"AT+CMSS", "messages are sent by POST /v1/messages"},
    Refused{"AT+CNMI", "the relay needs this setting as it is"},
    Refused{"AT+CNMA", "the relay acknowledges what it has stored"},
    Refused{"AT+CPMS", "the relay needs this setting as it is"},
    Refused{"AT+CSMS", "the relay needs this setting as it is"},
    Refused{"AT&F", "it sets the modem back to its factory settings"},
    Refused{"ATZ", "it resets settings that the relay needs: use the action reset"},
    Refused{"ATD", "it makes a call"},
    Refused{"ATA", "it takes a call"},
};

std::string upper(std::string_view text) {
  std::string out{text};
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

bool only_asks(std::string_view command) {
  if (std::ranges::find(telling, command) != telling.end()) return true;
  // "AT+X?" and "AT+X=?": one name, nothing else.
  if (!command.ends_with('?') || command.size() < 5) return false;
  std::string_view name = command.substr(3, command.size() - 4);
  if (name.ends_with('=')) name.remove_suffix(1);
  const bool sign = std::string_view{"+^#*$%!"}.find(command[2]) != std::string_view::npos;
  return sign && !name.empty() &&
         std::ranges::all_of(name, [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

}  // namespace

relay::Result<std::string> checked_command(std::string_view text) {
  const std::string command = upper(text);
  const bool printable = std::ranges::all_of(command, [](char c) { return c >= ' ' && c < '\x7f'; });
  if (!printable || !command.starts_with("AT") || command.size() > max_command) {
    return fail(ErrorCode::invalid_argument,
                relay::concat("send one command that begins with AT, of at most ", max_command, " ASCII characters"));
  }
  if (command.find(';') != std::string::npos)
    return fail(ErrorCode::invalid_argument, "send one command at a time, without ;");
  const bool asks = only_asks(command);
  for (const auto& [start, why] : refused) {
    const bool exact = start.ends_with('?');
    if (exact ? command == start : (!asks && command.starts_with(start)))
      return fail(ErrorCode::conflict, relay::concat(start, " is not sent by hand: ", why));
  }
  const bool allowed = std::ranges::any_of(tunable, [&](std::string_view start) { return command.starts_with(start); });
  if (!asks && !allowed) {
    return fail(ErrorCode::conflict,
                relay::concat(command_for_log(command),
                              " is not among the commands that may be sent by hand: those that only ask (ending in ?), "
                              "and settings of radio and network (docs/api.md)"));
  }
  return std::string{text};
}

std::string command_for_log(std::string_view text) {
  std::string name{text.substr(0, std::min<std::size_t>(text.find('='), 24))};
  if (name.size() + 2 == text.size() && text.ends_with("=?")) name += "=?";
  return name;
}

}  // namespace modem
