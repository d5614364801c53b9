#include "firmware/modem/tpdu/user_data.hpp"

#include <algorithm>

#include "firmware/modem/tpdu/septets.hpp"

namespace tpdu {
namespace {

using relay::ErrorCode;
using relay::fail;
using Octets = std::span<const std::uint8_t>;

// Information element identifiers, 3GPP TS 23.040 clause 9.2.3.24.
constexpr std::uint8_t concatenation_8 = 0x00;
constexpr std::uint8_t ports_8 = 0x04;
constexpr std::uint8_t ports_16 = 0x05;
constexpr std::uint8_t concatenation_16 = 0x08;
constexpr std::uint8_t single_shift = 0x24;
constexpr std::uint8_t locking_shift = 0x25;

int big_endian_16(std::uint8_t high, std::uint8_t low) { return high << 8 | low; }

// An element with a sequence number that cannot be is ignored (clause 9.2.3.24.1).
void set_concatenation(UserDataHeader& header, const Concatenation& value) {
  if (value.total > 0 && value.seq > 0 && value.seq <= value.total) header.concatenation = value;
}

// An element whose length is not its identifier's is ignored, as an unknown one is.
void read_element(UserDataHeader& header, std::uint8_t identifier, Octets data) {
  switch (identifier) {
    case concatenation_8:
      if (data.size() == 3)
        set_concatenation(header, {.ref = data[0], .ref_bits = 8, .total = data[1], .seq = data[2]});
      break;
    case concatenation_16:
      if (data.size() == 4) {
        set_concatenation(header,
                          {.ref = big_endian_16(data[0], data[1]), .ref_bits = 16, .total = data[2], .seq = data[3]});
      }
      break;
    case ports_8:
      if (data.size() == 2) header.ports = Ports{.destination = data[0], .source = data[1], .bits = 8};
      break;
    case ports_16:
      if (data.size() == 4) {
        header.ports = Ports{
            .destination = big_endian_16(data[0], data[1]), .source = big_endian_16(data[2], data[3]), .bits = 16};
      }
      break;
    case single_shift:
      if (data.size() == 1) header.single_shift = data[0];
      break;
    case locking_shift:
      if (data.size() == 1) header.locking_shift = data[0];
      break;
    default:
      break;
  }
}

UserDataHeader read_header(Octets octets) {
  UserDataHeader header;
  while (!octets.empty()) {
    if (octets.size() < 2 || octets.size() - 2 < octets[1]) return {};
    read_element(header, octets[0], octets.subspan(2, octets[1]));
    octets = octets.subspan(std::size_t{2} + octets[1]);
  }
  return header;
}

}  // namespace

std::u32string decode_ucs2(Octets octets) {
  std::u32string text;
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2) {
    const auto unit = static_cast<char32_t>(big_endian_16(octets[i], octets[i + 1]));
    const bool low = unit >= 0xDC00 && unit <= 0xDFFF;
    if (low && !text.empty() && text.back() >= 0xD800 && text.back() <= 0xDBFF) {
      text.back() = 0x10000 + ((text.back() - 0xD800) << 10U) + (unit - 0xDC00);
    } else {
      text.push_back(unit);
    }
  }
  return text;
}

relay::Result<UserData> decode_user_data(const DataCoding& coding, bool has_header, int length, Octets octets,
                                         bool tolerant) {
  const bool in_septets = coding.alphabet == Alphabet::gsm7 && !coding.compressed;
  auto count = static_cast<std::size_t>(std::max(length, 0));  // of septets or octets, as TP-UDL counts
  std::size_t size = in_septets ? octets_for_septets(count) : count;
  UserData data;
  data.coding = coding;
  if (size > octets.size()) {
    if (!tolerant) {
      return fail(ErrorCode::invalid_argument, "TP-UDL promises " + std::to_string(size) + " octets of user data, " +
                                                   std::to_string(octets.size()) + " are there");
    }
    data.truncated = true;
    size = octets.size();
    count = in_septets ? size * 8 / 7 : size;
  }
  octets = octets.first(size);

  std::size_t header_size = 0;  // with its length octet
  if (has_header) {
    header_size = octets.empty() ? 1 : std::size_t{1} + octets[0];
    const std::size_t header_count = in_septets ? septets_for_octets(header_size) : header_size;
    if (header_count > count) {
      return fail(ErrorCode::invalid_argument,
                  "the user data header (" + std::to_string(header_size) + " octets) is longer than the user data");
    }
    const Octets header = octets.subspan(1, header_size - 1);
    data.header_octets.assign(header.begin(), header.end());
    data.header = read_header(header);
  }

  if (in_septets) {
    const std::size_t first = septets_for_octets(header_size);
    const auto septets = unpack_septets(octets, first, count - first);
    data.text = decode_septets(septets, data.header.locking_shift, data.header.single_shift);
    return data;
  }
  const Octets rest = octets.subspan(header_size);
  if (coding.alphabet == Alphabet::ucs2 && !coding.compressed) {
    data.text = decode_ucs2(rest);
  } else {
    data.data.assign(rest.begin(), rest.end());
  }
  return data;
}

}  // namespace tpdu
