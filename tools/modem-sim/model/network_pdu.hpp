#pragma once

#include <optional>
#include <string>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/base/time.hpp"

/// What the network sends to the modem (3GPP TS 23.040 clauses 9.2.2.1 and 9.2.2.3), as a modem shows it in PDU mode.
namespace modem_sim {

struct NetworkPdu {
  std::string hex;         ///< with the SMSC part
  int tpdu_length = 0;     ///< octets without it
  bool is_report = false;  ///< SMS-STATUS-REPORT, else SMS-DELIVER
  std::optional<int> message_class;
};

/// A text from somebody. Over one message's room it becomes several with an 8-bit reference.
struct InboundText {
  std::string from;  ///< "+358...", digits, or a name of up to 11 characters (alphanumeric sender)
  std::string text;  ///< UTF-8
  std::optional<int> message_class;
  bool force_ucs2 = false;
  int concatenation_reference = 0;
};
/// Errors: invalid_argument for a sender that is none, or over 255 parts.
[[nodiscard]] relay::Result<std::vector<NetworkPdu>> encode_deliver(const InboundText& inbound, const std::string& smsc,
                                                                    relay::WallTime sent);

struct ReportFacts {
  int reference = 0;
  std::string recipient;
  relay::WallTime submitted;
  relay::WallTime discharged;
  int status = 0;  ///< TP-ST
};
[[nodiscard]] NetworkPdu encode_status_report(const ReportFacts& facts, const std::string& smsc);

/// Reads just enough of a ready PDU (type and class) to route it. Errors: invalid_argument.
[[nodiscard]] relay::Result<NetworkPdu> network_pdu_of_hex(const std::string& hex);

}  // namespace modem_sim
