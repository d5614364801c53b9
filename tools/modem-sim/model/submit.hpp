#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/result.hpp"

/// The simulator's own strict reading of an SMS-SUBMIT (3GPP TS 23.040 clause 9.2.2.2). A real SMSC forgives much; this
/// one forgives nothing, so that whatever passes here passes everywhere.
namespace modem_sim {

enum class Alphabet : std::uint8_t { gsm7, data8, ucs2 };

struct Concatenation {
  int reference = 0;
  int reference_bits = 8;  ///< 8 (element 0x00) or 16 (element 0x08)
  int total = 1;
  int sequence = 1;
};

struct Submit {
  std::string smsc;   ///< "+358..." or bare digits; empty: the one of +CSCA
  std::string to;     ///< "+..." when the type of number is international, bare digits otherwise
  int reference = 0;  ///< TP-MR as written by the sender; the modem puts its own in its place
  int pid = 0;
  int dcs = 0;
  Alphabet alphabet = Alphabet::gsm7;
  std::string text;  ///< UTF-8; hex digits for 8-bit data
  std::optional<Concatenation> concatenation;
  bool status_report_requested = false;
  bool reject_duplicates = false;
  std::optional<int> validity_minutes;  ///< From a relative validity period only.
};

/// `hex` is what was typed at the prompt, without Ctrl-Z; `declared_length` the number of AT+CMGS: octets of the TPDU
/// without the SMSC part. The error names the first rule that is broken.
[[nodiscard]] relay::Result<Submit> decode_submit(std::string_view hex, int declared_length);

}  // namespace modem_sim
