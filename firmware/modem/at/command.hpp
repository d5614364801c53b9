#pragma once

#include <string>
#include <string_view>

#include "relay/base/time.hpp"

namespace at {

/// A command with what the dialogue must know of it.
struct Command {
  std::string text;             ///< Without the CR.
  std::string prefix;           ///< Of its information lines ("+CSQ:"); empty: it has none.
  relay::Millis limit{};        ///< For its whole answer (facts/modem.md 2.2, vendors' longest times).
  bool bare_answer = false;     ///< Its information lines may come without a prefix (+CGSN, +CIMI).
  bool limit_per_line = false;  ///< The limit starts anew at each information line (+CMGL of a slow SIM).
};

/// Looks the command's facts up in the table of commands; one that is not there has the plain limit of 5 s, and its
/// lines begin as it does itself ("AT+QCFG=..." is answered by "+QCFG:"; 27.007 clause 4).
[[nodiscard]] Command command(std::string text);

}  // namespace at
