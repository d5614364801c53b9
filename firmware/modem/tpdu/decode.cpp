#include "firmware/modem/tpdu/decode.hpp"

#include "firmware/modem/tpdu/hex.hpp"

namespace tpdu {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using Octets = std::span<const std::uint8_t>;

// First octet, 3GPP TS 23.040 clause 9.2.3.1 and following.
constexpr unsigned message_type_mask = 0x03;
constexpr unsigned no_more_messages = 0x04;      // DELIVER
constexpr unsigned reject_duplicates = 0x04;     // SUBMIT
constexpr unsigned validity_format_mask = 0x18;  // SUBMIT
constexpr unsigned status_report_request = 0x20;
constexpr unsigned status_report_qualifier = 0x20;  // STATUS-REPORT
constexpr unsigned has_user_data_header = 0x40;
constexpr unsigned reply_path = 0x80;

// TP-PI, clause 9.2.3.27.
constexpr unsigned has_protocol_identifier = 0x01;
constexpr unsigned has_data_coding_scheme = 0x02;
constexpr unsigned has_user_data_length = 0x04;
constexpr unsigned indicator_extension = 0x80;

// Takes fields from the front. After the first field that is not there every further one is empty, and `missing` names
// that first.
class Reader {
 public:
  explicit Reader(Octets octets) : rest_(octets) {}

  std::uint8_t octet(const char* field) {
    const Octets one = take(1, field);
    return one.empty() ? std::uint8_t{0} : one[0];
  }

  Octets take(std::size_t count, const char* field) {
    if (failed_) return {};
    if (rest_.size() < count) {
      failed_ = true;
      error_ = std::string("the TPDU ends within ") + field;
      return {};
    }
    const Octets taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }

  Address address(const char* field) {
    const int digits = octet(field);
    if (digits > max_address_digits) {
      refuse(std::string(field) + " has " + std::to_string(digits) + " digits; the most is " +
             std::to_string(max_address_digits));
    }
    const std::uint8_t type_of_address = octet(field);
    const Octets value = take(static_cast<std::size_t>(digits + 1) / 2, field);
    return failed_ ? Address{} : decode_address(type_of_address, digits, value);
  }

  std::optional<Timestamp> timestamp(const char* field, bool tolerant) {
    const Octets octets = take(timestamp_octets, field);
    if (failed_) return std::nullopt;
    const auto value = decode_timestamp(octets.first<timestamp_octets>());
    if (!value && !tolerant) refuse(std::string(field) + " is no date and time");
    return value;
  }

  void refuse(std::string error) {
    if (failed_) return;
    failed_ = true;
    error_ = std::move(error);
  }

  // Not past the end of what is there: for the optional tail of a status report, which may end anywhere.
  [[nodiscard]] bool at_end() const { return failed_ || rest_.empty(); }
  [[nodiscard]] Octets rest() const { return rest_; }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::unexpected<relay::Error> error() const { return fail(ErrorCode::invalid_argument, error_); }

 private:
  Octets rest_;
  bool failed_ = false;
  std::string error_;
};

Result<Deliver> decode_deliver(unsigned first, Reader in, bool tolerant) {
  Deliver deliver;
  deliver.more_messages = (first & no_more_messages) == 0;
  deliver.reply_path = (first & reply_path) != 0;
  deliver.originator = in.address("the originating address");
  deliver.protocol_identifier = in.octet("TP-PID");
  deliver.data_coding_scheme = in.octet("TP-DCS");
  deliver.service_centre_time = in.timestamp("TP-SCTS", tolerant);
  const int length = in.octet("TP-UDL");
  if (in.failed()) return in.error();
  auto user_data = decode_user_data(decode_coding(deliver.data_coding_scheme), (first & has_user_data_header) != 0,
                                    length, in.rest(), tolerant);
  if (!user_data) return std::unexpected(user_data.error());
  deliver.user_data = std::move(*user_data);
  return deliver;
}

std::optional<Validity> read_validity(unsigned first, Reader& in) {
  constexpr const char* field = "TP-VP";
  switch (first & validity_format_mask) {
    case 0x00:
      return std::nullopt;
    case 0x10:
      return RelativeValidity{in.octet(field)};
    case 0x18: {
      const auto time = in.timestamp(field, false);
      return time ? std::optional<Validity>(*time) : std::nullopt;
    }
    default: {
      const Octets octets = in.take(timestamp_octets, field);
      if (in.failed()) return std::nullopt;
      return decode_enhanced(octets.first<timestamp_octets>());
    }
  }
}

Result<Submit> decode_submit(unsigned first, Reader in, bool tolerant) {
  Submit submit;
  submit.reject_duplicates = (first & reject_duplicates) != 0;
  submit.status_report_request = (first & status_report_request) != 0;
  submit.reply_path = (first & reply_path) != 0;
  submit.message_reference = in.octet("TP-MR");
  submit.destination = in.address("the destination address");
  submit.protocol_identifier = in.octet("TP-PID");
  submit.data_coding_scheme = in.octet("TP-DCS");
  submit.validity = read_validity(first, in);
  const int length = in.octet("TP-UDL");
  if (in.failed()) return in.error();
  auto user_data = decode_user_data(decode_coding(submit.data_coding_scheme), (first & has_user_data_header) != 0,
                                    length, in.rest(), tolerant);
  if (!user_data) return std::unexpected(user_data.error());
  submit.user_data = std::move(*user_data);
  return submit;
}

// The tail from TP-PI on is optional, and what is there of it counts: many service centres announce fields that they do
// not send.
void read_status_tail(unsigned first, Reader& in, StatusReport& report) {
  if (in.at_end()) return;
  const std::uint8_t indicator = in.octet("TP-PI");
  report.parameter_indicator = indicator;
  for (unsigned more = indicator; (more & indicator_extension) != 0 && !in.at_end();) more = in.octet("TP-PI");
  if ((indicator & has_protocol_identifier) != 0 && !in.at_end()) report.protocol_identifier = in.octet("TP-PID");
  if ((indicator & has_data_coding_scheme) != 0 && !in.at_end()) report.data_coding_scheme = in.octet("TP-DCS");
  if ((indicator & has_user_data_length) == 0 || in.at_end()) return;
  const int length = in.octet("TP-UDL");
  auto user_data = decode_user_data(decode_coding(report.data_coding_scheme), (first & has_user_data_header) != 0,
                                    length, in.rest(), true);
  if (user_data) report.user_data = std::move(*user_data);
}

Result<StatusReport> decode_status_report(unsigned first, Reader in, bool tolerant) {
  StatusReport report;
  report.for_command = (first & status_report_qualifier) != 0;
  report.message_reference = in.octet("TP-MR");
  report.recipient = in.address("the recipient address");
  report.service_centre_time = in.timestamp("TP-SCTS", tolerant);
  report.discharge_time = in.timestamp("TP-DT", tolerant);
  report.status = in.octet("TP-ST");
  if (in.failed()) return in.error();
  read_status_tail(first, in, report);
  return report;
}

Result<Command> decode_command(Reader in) {
  Command command;
  command.message_reference = in.octet("TP-MR");
  command.protocol_identifier = in.octet("TP-PID");
  command.command_type = in.octet("TP-CT");
  command.message_number = in.octet("TP-MN");
  command.destination = in.address("the destination address");
  const Octets data = in.take(in.octet("TP-CDL"), "the command data");
  if (in.failed()) return in.error();
  command.data.assign(data.begin(), data.end());
  return command;
}

template <class Message>
Result<Decoded> with_smsc(std::optional<Address> smsc, Result<Message> message) {
  if (!message) return std::unexpected(std::move(message).error());
  return Decoded{.smsc = std::move(smsc), .message = std::move(*message)};
}

// The length counts octets, the type of address included.
std::optional<Address> read_smsc(Reader& in) {
  constexpr const char* field = "the service centre's address";
  const std::uint8_t length = in.octet(field);
  if (length == 0) return std::nullopt;
  if (length - 1 > max_address_digits / 2) in.refuse(std::string(field) + " is over 20 digits");
  const std::uint8_t type_of_address = in.octet(field);
  const Octets value = in.take(std::size_t{length} - 1, field);
  if (in.failed() || value.empty()) return std::nullopt;
  return decode_address(type_of_address, static_cast<int>(value.size() * 2), value);
}

}  // namespace

Result<Decoded> decode(Octets octets, const DecodeOptions& options) {
  Reader in(octets);
  std::optional<Address> smsc;
  if (options.with_smsc) smsc = read_smsc(in);
  const unsigned first = in.octet("the first octet");
  if (in.failed()) return in.error();
  const bool to_mobile = options.direction == Direction::to_mobile;
  switch (first & message_type_mask) {
    case 0:
      if (to_mobile) return with_smsc(std::move(smsc), decode_deliver(first, in, options.tolerant));
      return fail(ErrorCode::invalid_argument, "a DELIVER-REPORT, which no AT command gives");
    case 1:
      if (!to_mobile) return with_smsc(std::move(smsc), decode_submit(first, in, options.tolerant));
      return fail(ErrorCode::invalid_argument, "a SUBMIT-REPORT, which no AT command gives");
    case 2:
      if (to_mobile) return with_smsc(std::move(smsc), decode_status_report(first, in, options.tolerant));
      return with_smsc(std::move(smsc), decode_command(in));
    default:
      return fail(ErrorCode::invalid_argument, "the reserved message type 3");
  }
}

Result<Decoded> decode_hex(std::string_view hex, const DecodeOptions& options) {
  const auto octets = from_hex(hex);
  if (!octets) return std::unexpected(octets.error());
  return decode(*octets, options);
}

}  // namespace tpdu
