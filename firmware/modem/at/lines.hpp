#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What one line of a modem is (27.007, 27.005, facts/modem.md 1).
namespace at {

/// How a command ended.
struct Final {
  enum class Kind : std::uint8_t {
    ok,
    error,        ///< ERROR, COMMAND NOT SUPPORT, MODEM ERROR: n
    cme,          ///< +CME ERROR: n or words; `code` is -1 for words that nobody knows.
    cms,          ///< +CMS ERROR
    call,         ///< NO CARRIER, BUSY ...: the end of a call. Never decides a +CMGS.
    silence,      ///< The command's time limit passed.
    interrupted,  ///< The modem restarted under the command.
    lost,         ///< The line is gone.
  };
  Kind kind = Kind::ok;
  int code = -1;
  std::string text;  ///< As it came, for people.

  [[nodiscard]] bool ok() const { return kind == Kind::ok; }
};

/// For the log and for Attempt::code: "OK", "ERROR", "CMS 38", "CME 10", "timeout", "modem restarted", "line lost".
[[nodiscard]] std::string name_of(const Final& final);

[[nodiscard]] std::optional<Final> parse_final(std::string_view line);

/// A line that a modem sends without being asked.
[[nodiscard]] bool is_unsolicited(std::string_view line);
/// An unasked line that a modem sends when it starts: RDY and its kind. `+CPIN: READY` and `^BOOT` need to know more
/// (session.hpp).
[[nodiscard]] bool is_start_of_modem(std::string_view line);
/// +CMT, +CDS, +CBM, +CMGL, +CMGR: the next line is a PDU.
[[nodiscard]] bool announces_pdu(std::string_view line);
/// Hex, whole octets, at least an address length and a first octet.
[[nodiscard]] bool is_pdu(std::string_view line);

/// The fields after the colon, split at commas outside quotes and brackets, trimmed, quotes taken off.
[[nodiscard]] std::vector<std::string> fields_of(std::string_view line);
[[nodiscard]] std::optional<int> number_of(std::string_view field);  ///< 0..999999999, nothing else in the field.

}  // namespace at
