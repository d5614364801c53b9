#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "firmware/modem/tpdu/address.hpp"
#include "firmware/modem/tpdu/timestamp.hpp"
#include "firmware/modem/tpdu/user_data.hpp"
#include "firmware/modem/tpdu/validity.hpp"
#include "relay/base/result.hpp"

/// The codec of 3GPP TS 23.040 (TPDUs) and 23.038 (alphabets): values in, values out, no IO.
namespace tpdu {

/// SMS-DELIVER: a message for us (clause 9.2.2.1).
struct Deliver {
  Address originator;
  std::uint8_t protocol_identifier = 0;  ///< 0x40: type 0 (acknowledge, do not show); 0x7F: for the SIM.
  std::uint8_t data_coding_scheme = 0;
  std::optional<Timestamp> service_centre_time;  ///< Empty only in a tolerant reading of an unreadable one.
  bool more_messages = false;
  bool reply_path = false;
  UserData user_data;
};

/// SMS-SUBMIT: a message from us (clause 9.2.2.2).
struct Submit {
  std::uint8_t message_reference = 0;
  Address destination;
  std::uint8_t protocol_identifier = 0;
  std::uint8_t data_coding_scheme = 0;
  std::optional<Validity> validity;
  bool reject_duplicates = false;
  bool status_report_request = false;
  bool reply_path = false;
  UserData user_data;
};

/// SMS-STATUS-REPORT (clause 9.2.2.3).
struct StatusReport {
  std::uint8_t message_reference = 0;
  Address recipient;
  std::optional<Timestamp> service_centre_time;  ///< When the service centre took the message. Empty: as in Deliver.
  std::optional<Timestamp> discharge_time;
  std::uint8_t status = 0;   ///< TP-ST: outcome_of() in delivery_status.hpp
  bool for_command = false;  ///< TP-SRQ: the report answers an SMS-COMMAND, not a message.
  std::optional<std::uint8_t> parameter_indicator;
  std::uint8_t protocol_identifier = 0;  ///< 0 when absent
  std::uint8_t data_coding_scheme = 0;   ///< 0 when absent
  std::optional<UserData> user_data;
};

/// SMS-COMMAND (clause 9.2.2.4).
struct Command {
  std::uint8_t message_reference = 0;
  std::uint8_t protocol_identifier = 0;
  std::uint8_t command_type = 0;
  std::uint8_t message_number = 0;
  Address destination;
  std::vector<std::uint8_t> data;
};

struct Decoded {
  std::optional<Address> smsc;
  std::variant<Deliver, Submit, StatusReport, Command> message;
};

/// The message type bits mean different types in the two directions.
enum class Direction : std::uint8_t {
  to_mobile,   ///< DELIVER, STATUS-REPORT: +CMT, +CDS, +CMGR, +CMGL
  from_mobile  ///< SUBMIT, COMMAND: +CMGS, stored own messages
};

struct DecodeOptions {
  Direction direction = Direction::to_mobile;
  bool with_smsc =
      true;  ///< The octets begin with the length of the service centre's address, as AT commands give them.
  /// For a receiver, which must not lose a message over a detail: an unreadable timestamp is left empty, user data
  /// shorter than TP-UDL says is taken as far as it goes and marked `truncated`. Off: both are errors.
  bool tolerant = false;
};

/// Errors: invalid_argument with what is wrong and at which field. Octets after the user data are ignored.
[[nodiscard]] relay::Result<Decoded> decode(std::span<const std::uint8_t> octets, const DecodeOptions& options = {});
[[nodiscard]] relay::Result<Decoded> decode_hex(std::string_view hex, const DecodeOptions& options = {});

}  // namespace tpdu
