#include "firmware/modem/tpdu/submit.hpp"

#include <algorithm>

#include "firmware/modem/tpdu/address.hpp"
#include "firmware/modem/tpdu/coded_text.hpp"
#include "firmware/modem/tpdu/coding.hpp"
#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/septets.hpp"
#include "firmware/modem/tpdu/user_data.hpp"
#include "firmware/modem/tpdu/validity.hpp"

namespace tpdu {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::TextEncoding;
using OctetString = std::vector<std::uint8_t>;

// First octet of a SUBMIT, 3GPP TS 23.040 clause 9.2.2.2.
constexpr unsigned submit_type = 0x01;
constexpr unsigned reject_duplicates = 0x04;
constexpr unsigned relative_validity = 0x10;
constexpr unsigned status_report_request = 0x20;
constexpr unsigned has_user_data_header = 0x40;

constexpr std::uint8_t low_octet(int value) { return static_cast<std::uint8_t>(value & 0xFF); }

// Information element identifiers, clause 9.2.3.24.
constexpr std::uint8_t concatenation_8 = 0x00;
constexpr std::uint8_t concatenation_16 = 0x08;
constexpr std::uint8_t single_shift = 0x24;
constexpr std::uint8_t locking_shift = 0x25;

void append_concatenation(OctetString& header, const Concatenation& value) {
  if (value.ref_bits == 8) {
    header.insert(header.end(), {concatenation_8, 3, low_octet(value.ref)});
  } else {
    header.insert(header.end(), {concatenation_16, 4, low_octet(value.ref >> 8), low_octet(value.ref)});
  }
  header.insert(header.end(), {low_octet(value.total), low_octet(value.seq)});
}

// TP-UDL and TP-UD: the text behind the header, from the next septet boundary on.
OctetString encode_gsm7(const OctetString& header, const OctetString& septets) {
  const std::size_t first = septets_for_octets(header.size());
  OctetString user_data = pack_septets(septets, first);
  std::ranges::transform(header, user_data, user_data.begin(), [](unsigned of_header, unsigned of_text) {
    return static_cast<std::uint8_t>(of_header | of_text);
  });
  user_data.insert(user_data.begin(), static_cast<std::uint8_t>(first + septets.size()));
  return user_data;
}

OctetString encode_ucs2(const OctetString& header, std::u32string_view text) {
  OctetString user_data = header;
  const auto put = [&user_data](char32_t unit) {
    user_data.push_back(static_cast<std::uint8_t>(unit >> 8U));
    user_data.push_back(static_cast<std::uint8_t>(unit & 0xFFU));
  };
  for (const char32_t character : text) {
    if (character > 0xFFFF) {
      put(0xD800 + ((character - 0x10000) >> 10U));
      put(0xDC00 + ((character - 0x10000) & 0x3FFU));
    } else {
      put(character);
    }
  }
  user_data.insert(user_data.begin(), static_cast<std::uint8_t>(user_data.size()));
  return user_data;
}

Result<void> check(const SubmitRequest& request) {
  if (request.message_class && (*request.message_class < 0 || *request.message_class > 3)) {
    return fail(ErrorCode::invalid_argument, "a message class is 0, 1, 2 or 3");
  }
  if (request.concat_ref_bits != 8 && request.concat_ref_bits != 16) {
    return fail(ErrorCode::invalid_argument, "the concatenation reference has 8 or 16 bits");
  }
  if (request.concat_ref < 0 || request.concat_ref >= 1 << request.concat_ref_bits) {
    return fail(ErrorCode::invalid_argument,
                "the concatenation reference does not fit its " + std::to_string(request.concat_ref_bits) + " bits");
  }
  if (request.validity_minutes && *request.validity_minutes < 0) {
    return fail(ErrorCode::invalid_argument, "the validity period is negative");
  }
  return {};
}

// Makes the TPDUs of one request, which differ in reference, header and text.
class PartEncoder {
 public:
  PartEncoder(const SubmitRequest& request, const OctetString& destination, const CodedText& text)
      : request_(request), destination_(destination), text_(text), coder_(text.shifts) {}

  [[nodiscard]] OctetString encode(std::size_t index) const {
    const bool gsm7 = text_.encoding == TextEncoding::gsm7;
    const OctetString header = user_data_header(index);
    OctetString tpdu{static_cast<std::uint8_t>(first_octet(!header.empty())),
                     static_cast<std::uint8_t>(request_.message_reference + index)};
    tpdu.insert(tpdu.end(), destination_.begin(), destination_.end());
    tpdu.push_back(0x00);  // TP-PID: plain message to a mobile
    tpdu.push_back(encode_coding(gsm7 ? Alphabet::gsm7 : Alphabet::ucs2, request_.message_class));
    if (request_.validity_minutes) tpdu.push_back(relative_octet(*request_.validity_minutes));
    const std::u32string& text = text_.parts[index].text;
    const OctetString user_data = gsm7 ? encode_gsm7(header, coder_.encode(text)) : encode_ucs2(header, text);
    tpdu.insert(tpdu.end(), user_data.begin(), user_data.end());
    return tpdu;
  }

 private:
  [[nodiscard]] unsigned first_octet(bool with_header) const {
    unsigned octet = submit_type;
    if (request_.reject_duplicates) octet |= reject_duplicates;
    if (request_.validity_minutes) octet |= relative_validity;
    if (request_.status_report_request) octet |= status_report_request;
    if (with_header) octet |= has_user_data_header;
    return octet;
  }

  // With its length octet; empty when there is nothing to say.
  [[nodiscard]] OctetString user_data_header(std::size_t index) const {
    OctetString header;
    if (text_.parts.size() > 1) {
      append_concatenation(header, {.ref = request_.concat_ref,
                                    .ref_bits = request_.concat_ref_bits,
                                    .total = static_cast<int>(text_.parts.size()),
                                    .seq = static_cast<int>(index) + 1});
    }
    if (text_.shifts.single != 0) header.insert(header.end(), {single_shift, 1, low_octet(text_.shifts.single)});
    if (text_.shifts.locking != 0) header.insert(header.end(), {locking_shift, 1, low_octet(text_.shifts.locking)});
    if (!header.empty()) header.insert(header.begin(), static_cast<std::uint8_t>(header.size()));
    return header;
  }

  const SubmitRequest& request_;
  const OctetString& destination_;
  const CodedText& text_;
  SeptetCoder coder_;
};

}  // namespace

Result<SubmitParts> encode_submit(const SubmitRequest& request) {
  if (const auto checked = check(request); !checked) return std::unexpected(checked.error());
  const auto smsc = encode_smsc(request.smsc);
  if (!smsc) return std::unexpected(smsc.error());
  const auto destination = encode_address(request.number);
  if (!destination) return std::unexpected(destination.error());
  const auto text = code_text(request.text, request.encoding, request.concat_ref_bits, request.languages);
  if (!text) return std::unexpected(text.error());

  const PartEncoder encoder(request, *destination, *text);
  SubmitParts result{.encoding = text->encoding, .shifts = text->shifts, .parts = {}};
  for (std::size_t i = 0; i < text->parts.size(); ++i) {
    const OctetString tpdu = encoder.encode(i);
    result.parts.push_back({.pdu = to_hex(*smsc) + to_hex(tpdu), .length = static_cast<int>(tpdu.size())});
  }
  return result;
}

}  // namespace tpdu
