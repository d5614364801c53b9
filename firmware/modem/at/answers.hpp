#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/time.hpp"

/// Reading the information lines of answers and unasked lines. Real modems send all the shapes that are accepted here
/// (facts/modem.md 1, 2.8).
namespace at {

/// +CREG, +CGREG, +CEREG (27.007 clauses 7.2, 10.1.20, 10.1.22).
struct Registration {
  enum class Domain : std::uint8_t { circuit, packet, lte };  ///< CREG, CGREG, CEREG
  Domain domain = Domain::circuit;
  int state = 4;       ///< <stat>
  bool asked = false;  ///< The answer to a query (`n,stat,...`), not an unasked line (`stat,...`).
};
[[nodiscard]] std::optional<Registration> parse_registration(std::string_view line);
/// Home, roaming, "SMS only" and "CSFB not preferred" of both: 1, 5, 6, 7, 9, 10.
[[nodiscard]] bool is_registered(int state);
[[nodiscard]] std::string_view describe_registration(int state);  ///< "searching"

/// +CSQ: the received signal in dBm; nothing when the modem does not know (99).
[[nodiscard]] std::optional<int> parse_signal_dbm(std::string_view line);

/// +CCLK: "yy/MM/dd,hh:mm:ss+zz", local time with its offset from UTC in quarters of an hour (27.007 clause 8.15); some
/// modems leave the offset out: then taken for UTC. Nothing when it is no time.
[[nodiscard]] std::optional<relay::WallTime> parse_clock(std::string_view line);

/// +CESQ (27.007 clause 8.69): the LTE part, in dBm and dB; what is unknown (255) is left out.
struct ExtendedSignal {
  std::optional<int> rsrp_dbm;
  std::optional<int> rsrq_db;
};
[[nodiscard]] ExtendedSignal parse_extended_signal(std::string_view line);
/// A whole number that may have a sign.
[[nodiscard]] std::optional<int> signed_number_of(std::string_view field);

/// +CMTI, +CDSI: where a message was stored. Nothing when it could not be stored ("+CMTI: ,-1", facts/modem.md 2.8).
struct StoredAt {
  std::string memory;  ///< "SM", "ME", "SR"; may be empty.
  int index = 0;
};
[[nodiscard]] std::optional<StoredAt> parse_stored_at(std::string_view line);

/// +CMGL: <index>,<stat>,[alpha],<length>. The length is the last field: alpha may hold commas, or be missing with its
/// own.
struct Listed {
  int index = 0;
  int stat = 0;    ///< 0 unread, 1 read, 2 unsent, 3 sent
  int length = 0;  ///< Octets of the TPDU without the service centre's address.
};
[[nodiscard]] std::optional<Listed> parse_listed(std::string_view line);
/// The <length> of +CMT, +CDS ("+CDS: ,25" exists) and +CMGR: the last field.
[[nodiscard]] std::optional<int> parse_pdu_length(std::string_view line);

/// +CPMS=?: the memories for reading, sending and receiving. Bracketed or not, or empty.
[[nodiscard]] std::array<std::vector<std::string>, 3> parse_memories(std::string_view line);
/// The memory to use for all three: the first of `wanted` that each of them has. Empty: leave the modem's own.
[[nodiscard]] std::string choose_memory(const std::array<std::vector<std::string>, 3>& memories,
                                        const std::vector<std::string>& wanted = {"ME", "SM", "MT"});
struct MemoryUse {
  int used = 0;
  int total = 0;
};
/// +CPMS? ("SM",3,50,...) and +CPMS= (3,50,...): the first memory.
[[nodiscard]] std::optional<MemoryUse> parse_memory_use(std::string_view line);

/// +CNMI: <mode>,<mt>,<bm>,<ds>,<bfr> (27.005 clause 3.4.1).
using MessageIndications = std::array<int, 5>;
/// The settings to try, best first, out of what +CNMI=? offers: stored and announced (mt 1) before handed over (mt 2),
/// reports handed over (ds 1) before stored (ds 2, which loses reports on some modems: facts/modem.md 0.5; only with
/// `stored_reports`) before none. An unreadable line offers everything.
[[nodiscard]] std::vector<MessageIndications> message_indications_to_try(std::string_view offered,
                                                                         bool stored_reports = true);
[[nodiscard]] std::string to_text(const MessageIndications& indications);  ///< "2,1,0,1,0"
/// Does +CNMI=? offer the setting "2,1,0,1,0"? An unreadable line offers everything.
[[nodiscard]] bool offers_indications(std::string_view offered, std::string_view indications);

/// The longest run of digits in the line, if at least `least`: IMEI, IMSI, ICCID in whatever dress.
[[nodiscard]] std::string digits_in(std::string_view line, std::size_t least);

/// `+CSIM: 4,"63C3"`, the card's answer to VERIFY without data (ETSI TS 102 221 clause 11.1.9): tries left for PIN 1.
[[nodiscard]] std::optional<int> parse_card_tries(std::string_view line);

/// `+CNUM: "name","+358401234567",145`: the SIM's own number. Nothing when the SIM does not hold it.
[[nodiscard]] std::string parse_own_number(std::string_view line);

}  // namespace at
