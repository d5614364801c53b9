#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/modem/tpdu/national_tables.hpp"
#include "firmware/modem/tpdu/septet_coder.hpp"
#include "relay/base/result.hpp"
#include "relay/message/vocabulary.hpp"

namespace tpdu {

/// What to send. Text over one part is split and concatenated.
struct SubmitRequest {
  std::string number;  ///< "+digits", or digits, `*` and `#` (type of number unknown); at most 20.
  std::string text;    ///< UTF-8
  std::string smsc;    ///< Empty: the one that the SIM holds.
  std::optional<std::int64_t>
      validity_minutes;              ///< Rounded up to what the relative format has; none: the service centre's own.
  std::optional<int> message_class;  ///< 0 (flash) .. 3
  bool status_report_request = false;
  bool reject_duplicates = false;  ///< TP-RD
  std::uint8_t message_reference =
      0;                    ///< TP-MR of the first part; each further part has the next. Most modems set their own.
  int concat_ref = 0;       ///< Used when there are several parts: 0..255, or 0..65535 with 16 bits.
  int concat_ref_bits = 8;  ///< 8 or 16
  std::optional<relay::TextEncoding> encoding;  ///< None: GSM-7 where the whole text has it, else UCS-2.
  std::vector<Language> languages;              ///< Whose tables may be used to save parts (coded_text.hpp).
};

struct SubmitPart {
  std::string pdu;  ///< Upper-case hex, beginning with the service centre's address: what +CMGS takes at its prompt.
  int length = 0;   ///< For AT+CMGS=<length>: octets without the service centre's address.
};

struct SubmitParts {
  relay::TextEncoding encoding = relay::TextEncoding::gsm7;
  ShiftTables shifts;
  std::vector<SubmitPart> parts;  ///< 1..255
};

/// Errors: invalid_argument (number, class, reference, text not UTF-8, not in the forced encoding, over 255 parts).
[[nodiscard]] relay::Result<SubmitParts> encode_submit(const SubmitRequest& request);

}  // namespace tpdu
