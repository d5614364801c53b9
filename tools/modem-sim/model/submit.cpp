#include "tools/modem-sim/model/submit.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "tools/modem-sim/model/text.hpp"

namespace modem_sim {
namespace {

using relay::Result;
using View = std::span<const std::uint8_t>;

constexpr std::size_t max_user_data_octets = 140;

auto refuse(std::string why) { return relay::fail(relay::ErrorCode::invalid_argument, std::move(why)); }

/// Takes octets from the front; a take past the end gives nothing.
class Cursor {
 public:
  explicit Cursor(View rest) : rest_(rest) {}
  std::optional<std::uint8_t> octet() {
    const auto taken = octets(1);
    return taken ? std::optional{taken->front()} : std::nullopt;
  }
  std::optional<View> octets(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    const auto taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  [[nodiscard]] View rest() const { return rest_; }

 private:
  View rest_;
};

/// Semi-octets, low nibble first (23.040 9.1.2.3). `digits` of them; an odd count ends in the filler F.
Result<std::string> read_semi_octets(View octets, std::size_t digits, bool decimal_only) {
  constexpr std::string_view symbols = "0123456789*#abc";
  std::string number;
  for (std::size_t i = 0; i < octets.size() * 2; ++i) {
    const unsigned nibble = i % 2 == 0 ? octets[i / 2] & 15U : octets[i / 2] >> 4U;
    if (i >= digits) {
      if (nibble != 15) return refuse("the address of odd length does not end in the filler F");
      break;
    }
    if (nibble == 15) return refuse("a filler F stands inside the address");
    if (decimal_only && nibble > 9) return refuse("an international number holds something else than digits");
    number += symbols[nibble];
  }
  return number;
}

Result<std::string> read_number(std::uint8_t type, View octets, std::size_t digits) {
  const unsigned type_of_number = (type >> 4U) & 7U;
  const unsigned plan = type & 15U;
  if ((type & 0x80U) == 0) return refuse("bit 8 of the type of address is not set");
  if (type_of_number == 7) return refuse("the type of number is reserved");
  if (type_of_number == 5) return refuse("an alphanumeric address cannot be a destination");
  if (plan == 2 || plan == 7 || plan > 10) return refuse("the numbering plan is reserved");
  const bool international = type_of_number == 1;
  auto number = read_semi_octets(octets, digits, international);
  if (number && international) number->insert(0, "+");
  return number;
}

Result<std::string> read_smsc(Cursor& cursor) {
  const auto length = cursor.octet();
  if (!length) return refuse("the PDU is empty");
  if (*length == 0) return std::string{};
  if (*length < 2 || *length > 11) return refuse("the SMSC length octet is not 0 or 2 to 11");
  const auto field = cursor.octets(*length);
  if (!field) return refuse("the SMSC address is cut short");
  const auto digits_field = field->subspan(1);
  const bool odd = (digits_field.back() >> 4U) == 15;
  return read_number(field->front(), digits_field, digits_field.size() * 2 - (odd ? 1 : 0));
}

Result<std::string> read_destination(Cursor& cursor) {
  const auto digits = cursor.octet();
  const auto type = cursor.octet();
  if (!digits || !type) return refuse("the PDU ends before the destination address");
  if (*digits == 0 || *digits > 20) return refuse("the destination address does not have 1 to 20 digits");
  const auto field = cursor.octets((*digits + 1U) / 2);
  if (!field) return refuse("the destination address is cut short");
  return read_number(*type, *field, *digits);
}

/// 23.038 clause 4, without what a sender must not use: compression, reserved groups and alphabets.
Result<Alphabet> read_coding(int dcs) {
  const int group = dcs >> 4;
  if (group < 8) {
    if ((dcs & 0x20) != 0) return refuse("compressed text is not supported");
    switch ((dcs >> 2) & 3) {
      case 0:
        return Alphabet::gsm7;
      case 1:
        return Alphabet::data8;
      case 2:
        return Alphabet::ucs2;
      default:
        return refuse("the data coding scheme names a reserved alphabet");
    }
  }
  if (group < 12) return refuse("the data coding scheme is of a reserved group");
  if (group == 14) return Alphabet::ucs2;
  if (group < 14) return Alphabet::gsm7;
  if ((dcs & 8) != 0) return refuse("a reserved bit of the data coding scheme is set");
  return (dcs & 4) != 0 ? Alphabet::data8 : Alphabet::gsm7;
}

int relative_minutes(int octet) {
  if (octet <= 143) return (octet + 1) * 5;
  if (octet <= 167) return 12 * 60 + (octet - 143) * 30;
  if (octet <= 196) return (octet - 166) * 24 * 60;
  return (octet - 192) * 7 * 24 * 60;
}

Result<std::optional<int>> read_validity(Cursor& cursor, unsigned format) {
  if (format == 0) return std::nullopt;
  if (format == 2) {
    const auto octet = cursor.octet();
    if (!octet) return refuse("the validity period is missing");
    return relative_minutes(*octet);
  }
  const auto field = cursor.octets(7);
  if (!field) return refuse("the validity period is cut short");
  if (format == 3) {
    for (std::size_t i = 0; i < 6; ++i) {
      if (((*field)[i] & 15U) > 9 || ((*field)[i] >> 4U) > 9)
        return refuse("the absolute validity period holds no digits");
    }
  }
  return std::nullopt;
}

Result<Concatenation> read_concatenation(int element, View data) {
  const std::size_t reference_octets = element == 0x00 ? 1 : 2;
  if (data.size() != reference_octets + 2) return refuse("a concatenation element has a wrong length");
  Concatenation parts;
  parts.reference_bits = static_cast<int>(reference_octets) * 8;
  for (const auto octet : data.first(reference_octets)) parts.reference = parts.reference * 256 + octet;
  parts.total = data[reference_octets];
  parts.sequence = data[reference_octets + 1];
  if (parts.total == 0 || parts.sequence == 0 || parts.sequence > parts.total) {
    return refuse("a part's sequence number is not within its total");
  }
  return parts;
}

struct Header {
  std::size_t octets = 0;  ///< with its length octet
  std::optional<Concatenation> concatenation;
  bool national_table = false;  ///< 0x24 or 0x25: the extension table is another one
};

Result<Header> read_header(View user_data) {
  if (user_data.empty() || user_data[0] == 0) return refuse("a user data header is announced and is not there");
  Header header;
  header.octets = user_data[0] + std::size_t{1};
  if (header.octets > user_data.size()) return refuse("the user data header is longer than the user data");
  Cursor cursor(user_data.subspan(1, user_data[0]));
  while (!cursor.rest().empty()) {
    const auto element = cursor.octet();
    const auto length = cursor.octet();
    const auto data = length ? cursor.octets(*length) : std::nullopt;
    if (!data) return refuse("an information element runs past the user data header");
    if (*element == 0x24 || *element == 0x25) header.national_table = true;
    if (*element != 0x00 && *element != 0x08) continue;
    if (header.concatenation) return refuse("the user data header has two concatenation elements");
    const auto parts = read_concatenation(*element, *data);
    if (!parts) return std::unexpected(parts.error());
    header.concatenation = *parts;
  }
  return header;
}

/// The bits [from, to) of `octets` must be 0: what fills up septets carries nothing (23.038 6.1.2.1.1).
bool bits_are_zero(View octets, std::size_t from, std::size_t to) {
  for (std::size_t bit = from; bit < to; ++bit) {
    if ((octets[bit / 8] >> (bit % 8) & 1U) != 0) return false;
  }
  return true;
}

Result<std::string> read_septets(View user_data, std::size_t septets, const Header& header) {
  const std::size_t header_bits = header.octets * 8;
  const std::size_t header_septets = (header_bits + 6) / 7;
  if (header_septets > septets) return refuse("the user data header is longer than the user data");
  const std::size_t fill_bits = header_septets * 7 - header_bits;
  if (!bits_are_zero(user_data, header_bits, header_bits + fill_bits))
    return refuse("fill bits after the header are not 0");
  if (!bits_are_zero(user_data, septets * 7, user_data.size() * 8))
    return refuse("bits after the last septet are not 0");
  const auto codes = unpack_septets(user_data.subspan(header.octets), septets - header_septets, fill_bits);
  const auto text = text_of_septets(codes);
  if (text) return to_utf8(*text);
  if (header.national_table) return to_hex(codes);
  return refuse("an escape septet is not followed by a code of the extension table");
}

Result<void> read_user_data(Cursor& cursor, bool with_header, Submit& submit) {
  const auto length = cursor.octet();
  if (!length) return refuse("the user data length is missing");
  const bool septets = submit.alphabet == Alphabet::gsm7;
  const std::size_t octets = septets ? (*length * 7U + 7) / 8 : *length;
  if (octets > max_user_data_octets) return refuse("the user data is longer than 140 octets");
  if (cursor.rest().size() < octets) return refuse("the user data is shorter than its length says");
  if (cursor.rest().size() > octets) return refuse("octets follow the user data");
  const View user_data = cursor.rest();
  Header header;
  if (with_header) {
    auto read = read_header(user_data);
    if (!read) return std::unexpected(std::move(read).error());
    header = *read;
    submit.concatenation = header.concatenation;
  }
  if (septets) {
    auto text = read_septets(user_data, *length, header);
    if (!text) return std::unexpected(std::move(text).error());
    submit.text = *text;
    return {};
  }
  const View body = user_data.subspan(header.octets);
  if (submit.alphabet == Alphabet::ucs2 && body.size() % 2 != 0)
    return refuse("UCS-2 text has an odd number of octets");
  submit.text = submit.alphabet == Alphabet::ucs2 ? to_utf8(text_of_utf16be(body)) : to_hex(body);
  return {};
}

Result<Submit> read_tpdu(Cursor cursor, Submit submit) {
  const auto first = cursor.octet();
  const auto reference = cursor.octet();
  if (!first || !reference) return refuse("the TPDU is cut short");
  if ((*first & 3U) != 1) return refuse("the message type is not SMS-SUBMIT");
  submit.reject_duplicates = (*first & 4U) != 0;
  submit.status_report_requested = (*first & 0x20U) != 0;
  submit.reference = *reference;
  auto destination = read_destination(cursor);
  if (!destination) return std::unexpected(std::move(destination).error());
  submit.to = *destination;
  const auto pid = cursor.octet();
  const auto dcs = cursor.octet();
  if (!pid || !dcs) return refuse("the TPDU ends before its data coding scheme");
  submit.pid = *pid;
  submit.dcs = *dcs;
  const auto alphabet = read_coding(submit.dcs);
  if (!alphabet) return std::unexpected(alphabet.error());
  submit.alphabet = *alphabet;
  const auto validity = read_validity(cursor, (*first >> 3U) & 3U);
  if (!validity) return std::unexpected(validity.error());
  submit.validity_minutes = *validity;
  const auto read = read_user_data(cursor, (*first & 0x40U) != 0, submit);
  if (!read) return std::unexpected(read.error());
  return submit;
}

}  // namespace

Result<Submit> decode_submit(std::string_view hex, int declared_length) {
  const auto octets = from_hex(hex);
  if (!octets) return refuse("the PDU is not pairs of hex digits");
  Cursor cursor{View{*octets}};
  Submit submit;
  auto smsc = read_smsc(cursor);
  if (!smsc) return std::unexpected(std::move(smsc).error());
  submit.smsc = *smsc;
  if (std::cmp_not_equal(cursor.rest().size(), declared_length)) {
    return refuse("the TPDU has " + std::to_string(cursor.rest().size()) + " octets, declared were " +
                  std::to_string(declared_length));
  }
  return read_tpdu(cursor, std::move(submit));
}

}  // namespace modem_sim
