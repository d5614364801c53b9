#include "firmware/modem/tpdu/address.hpp"

#include <algorithm>
#include <array>

#include "firmware/modem/tpdu/septets.hpp"
#include "relay/message/sms_text.hpp"

namespace tpdu {
namespace {

using relay::ErrorCode;
using relay::fail;
using relay::Result;

constexpr std::uint8_t international_isdn = 0x91;
constexpr std::uint8_t unknown_isdn = 0x81;
constexpr std::uint8_t filler = 0x0F;
// Semi-octets 0..14 (3GPP TS 23.040 clause 9.1.2.3); 15 fills.
constexpr std::string_view semi_octet_characters = "0123456789*#abc";

NumberType type_of(std::uint8_t type_of_address) {
  const auto type = static_cast<std::uint8_t>((type_of_address >> 4U) & 0x07U);
  return type <= 6 ? static_cast<NumberType>(type) : NumberType::unknown;
}

std::string decode_digits(int digits, std::span<const std::uint8_t> octets) {
  std::string number;
  for (int i = 0; i < digits; ++i) {
    const std::uint8_t octet = octets[static_cast<std::size_t>(i / 2)];
    const std::uint8_t semi_octet = i % 2 == 0 ? octet & 0x0FU : octet >> 4U;
    if (semi_octet == filler) break;
    number.push_back(semi_octet_characters[semi_octet]);
  }
  return number;
}

struct Digits {
  std::uint8_t type_of_address;
  std::string_view digits;
};

Result<Digits> check_number(std::string_view number) {
  const bool international = number.starts_with('+');
  const std::string_view digits = international ? number.substr(1) : number;
  if (digits.empty()) return fail(ErrorCode::invalid_argument, "the number has no digits");
  if (digits.size() > max_address_digits) {
    return fail(ErrorCode::invalid_argument, "the number has over " + std::to_string(max_address_digits) + " digits");
  }
  const std::string_view allowed = international ? "0123456789" : "0123456789*#";
  if (digits.find_first_not_of(allowed) != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument,
                international ? "after the plus a number has digits only" : "a number has digits, '*' and '#' only");
  }
  return Digits{international ? international_isdn : unknown_isdn, digits};
}

void append_semi_octets(std::string_view digits, std::vector<std::uint8_t>& octets) {
  const auto value = [](char c) { return static_cast<std::uint8_t>(semi_octet_characters.find(c)); };
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const std::uint8_t high = i + 1 < digits.size() ? value(digits[i + 1]) : filler;
    octets.push_back(static_cast<std::uint8_t>(value(digits[i]) | high << 4U));
  }
}

}  // namespace

std::string_view name_of(NumberType type) {
  constexpr std::array<std::string_view, 7> names{"unknown",    "international", "national",   "network",
                                                  "subscriber", "alphanumeric",  "abbreviated"};
  return names[static_cast<std::size_t>(type)];
}

Address decode_address(std::uint8_t type_of_address, int digits, std::span<const std::uint8_t> octets) {
  const int available = static_cast<int>(std::min<std::size_t>(octets.size() * 2, max_address_digits));
  digits = std::clamp(digits, 0, available);
  Address address{.type = type_of(type_of_address), .type_of_address = type_of_address, .number = {}};
  if (address.type == NumberType::alphanumeric) {
    // The length counts useful semi-octets, so a septet that fits into them is a character, '@' included.
    const auto count = static_cast<std::size_t>(digits * 4 / 7);
    address.number = relay::encode_utf8(decode_septets(unpack_septets(octets, 0, count)));
    return address;
  }
  address.number = decode_digits(digits, octets);
  if (address.type == NumberType::international && !address.number.empty()) address.number.insert(0, 1, '+');
  return address;
}

Result<std::vector<std::uint8_t>> encode_address(std::string_view number) {
  const auto checked = check_number(number);
  if (!checked) return std::unexpected(checked.error());
  std::vector<std::uint8_t> octets{static_cast<std::uint8_t>(checked->digits.size()), checked->type_of_address};
  append_semi_octets(checked->digits, octets);
  return octets;
}

Result<std::vector<std::uint8_t>> encode_smsc(std::string_view number) {
  if (number.empty()) return std::vector<std::uint8_t>{0};
  const auto checked = check_number(number);
  if (!checked) return fail(ErrorCode::invalid_argument, "service centre: " + checked.error().message);
  std::vector<std::uint8_t> octets{0, checked->type_of_address};
  append_semi_octets(checked->digits, octets);
  octets[0] = static_cast<std::uint8_t>(octets.size() - 1);
  return octets;
}

}  // namespace tpdu
