#include "tools/modem-sim/model/network_pdu.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "tools/modem-sim/model/text.hpp"

namespace modem_sim {
namespace {

using relay::Result;

void append(Octets& octets, const Octets& more) { octets.insert(octets.end(), more.begin(), more.end()); }

bool is_number(std::string_view number) {
  const auto digits = number.starts_with('+') ? number.substr(1) : number;
  return !digits.empty() && digits.size() <= 20 &&
         digits.find_first_not_of("0123456789*#abc") == std::string_view::npos;
}

Octets semi_octets(std::string_view digits) {
  constexpr std::string_view symbols = "0123456789*#abc";
  Octets octets;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto low = symbols.find(digits[i]);
    const auto high = i + 1 < digits.size() ? symbols.find(digits[i + 1]) : 15;
    octets.push_back(static_cast<std::uint8_t>((high << 4U) | low));
  }
  return octets;
}

Octets number_field(std::string_view number) {
  const bool international = number.starts_with('+');
  Octets field{static_cast<std::uint8_t>(international ? 0x91 : 0x81)};
  append(field, semi_octets(international ? number.substr(1) : number));
  return field;
}

/// Address of a TPDU: length in digits (or useful semi-octets of a packed name), type, value.
Result<Octets> address(const std::string& who) {
  if (is_number(who)) {
    Octets field{static_cast<std::uint8_t>(who.size() - (who.starts_with('+') ? 1 : 0))};
    append(field, number_field(who));
    return field;
  }
  const auto septets = septets_of_text(from_utf8(who));
  if (!septets || septets->empty() || septets->size() > 11) {
    return relay::fail(relay::ErrorCode::invalid_argument,
                       "the sender is neither a number nor a name of 1 to 11 GSM characters");
  }
  Octets field{static_cast<std::uint8_t>((septets->size() * 7 + 3) / 4), 0xD0};
  append(field, pack_septets(*septets));
  return field;
}

Octets smsc_field(const std::string& smsc) {
  if (!is_number(smsc)) return {0};
  const auto number = number_field(smsc);
  Octets field{static_cast<std::uint8_t>(number.size())};
  append(field, number);
  return field;
}

/// TP-SCTS (23.040 9.2.3.11), in UTC.
Octets timestamp(relay::WallTime wall) {
  const std::chrono::sys_time<relay::Millis> time{wall.time_since_epoch()};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  Octets octets;
  const auto add = [&](std::int64_t value) {
    const auto two_digits = static_cast<unsigned>(value % 100);
    octets.push_back(static_cast<std::uint8_t>((two_digits % 10) << 4U | two_digits / 10));
  };
  add(static_cast<int>(date.year()));
  add(static_cast<unsigned>(date.month()));
  add(static_cast<unsigned>(date.day()));
  add(clock.hours().count());
  add(clock.minutes().count());
  add(clock.seconds().count());
  add(0);
  return octets;
}

NetworkPdu finish(const std::string& smsc, const Octets& tpdu) {
  auto octets = smsc_field(smsc);
  append(octets, tpdu);
  return NetworkPdu{to_hex(octets), static_cast<int>(tpdu.size()), false, std::nullopt};
}

/// The body of one part: septets (one octet each) or UCS-2 octets.
struct Body {
  bool septets = true;
  Octets units;
};

/// Cuts without splitting an escape pair or a surrogate pair.
std::vector<Octets> cut(const Body& body, std::size_t room) {
  std::vector<Octets> parts;
  for (std::size_t at = 0; at < body.units.size() || parts.empty();) {
    std::size_t length = std::min(room, body.units.size() - at);
    if (at + length < body.units.size()) {
      if (body.septets && body.units[at + length - 1] == 0x1B) --length;
      if (!body.septets && (body.units[at + length - 2] & 0xFCU) == 0xD8) length -= 2;
    }
    const auto from = body.units.begin() + static_cast<std::ptrdiff_t>(at);
    parts.emplace_back(from, from + static_cast<std::ptrdiff_t>(length));
    at += length;
  }
  return parts;
}

Octets user_data(const Body& body, const Octets& units, const Octets& header) {
  Octets octets;
  if (!body.septets) {
    octets.push_back(static_cast<std::uint8_t>(header.size() + units.size()));
    append(octets, header);
    append(octets, units);
    return octets;
  }
  const auto header_septets = (header.size() * 8 + 6) / 7;
  octets.push_back(static_cast<std::uint8_t>(header_septets + units.size()));
  append(octets, header);
  append(octets, pack_septets(units, header_septets * 7 - header.size() * 8));
  return octets;
}

Body body_of(const InboundText& inbound) {
  const auto text = from_utf8(inbound.text);
  if (!inbound.force_ucs2) {
    if (auto septets = septets_of_text(text)) return {true, std::move(*septets)};
  }
  return {false, utf16be_of_text(text)};
}

}  // namespace

Result<std::vector<NetworkPdu>> encode_deliver(const InboundText& inbound, const std::string& smsc,
                                               relay::WallTime sent) {
  const auto originator = address(inbound.from);
  if (!originator) return std::unexpected(originator.error());
  const Body body = body_of(inbound);
  const bool single = body.units.size() <= (body.septets ? 160U : 140U);
  const auto parts = cut(body, single ? 160U : body.septets ? 153U : 134U);
  if (parts.size() > 255) return relay::fail(relay::ErrorCode::invalid_argument, "the text needs over 255 parts");
  unsigned dcs = body.septets ? 0x00 : 0x08;
  if (inbound.message_class) dcs |= 0x10U | (static_cast<unsigned>(*inbound.message_class) & 3U);
  std::vector<NetworkPdu> pdus;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto total = static_cast<std::uint8_t>(parts.size());
    const auto reference = static_cast<std::uint8_t>(inbound.concatenation_reference);
    const Octets header = single ? Octets{} : Octets{5, 0, 3, reference, total, static_cast<std::uint8_t>(i + 1)};
    Octets tpdu{static_cast<std::uint8_t>(single ? 0x04 : 0x44)};
    append(tpdu, *originator);
    append(tpdu, {0, static_cast<std::uint8_t>(dcs)});
    append(tpdu, timestamp(sent));
    append(tpdu, user_data(body, parts[i], header));
    pdus.push_back(finish(smsc, tpdu));
    pdus.back().message_class = inbound.message_class;
  }
  return pdus;
}

NetworkPdu encode_status_report(const ReportFacts& facts, const std::string& smsc) {
  Octets tpdu{0x06, static_cast<std::uint8_t>(facts.reference)};
  if (const auto recipient = address(facts.recipient)) append(tpdu, *recipient);
  append(tpdu, timestamp(facts.submitted));
  append(tpdu, timestamp(facts.discharged));
  tpdu.push_back(static_cast<std::uint8_t>(facts.status));
  auto pdu = finish(smsc, tpdu);
  pdu.is_report = true;
  return pdu;
}

Result<NetworkPdu> network_pdu_of_hex(const std::string& hex) {
  const auto octets = from_hex(hex);
  if (!octets || octets->empty() || octets->size() < (*octets)[0] + std::size_t{2}) {
    return relay::fail(relay::ErrorCode::invalid_argument, "the PDU is not hex with an SMSC part and a TPDU");
  }
  const std::size_t tpdu_at = (*octets)[0] + std::size_t{1};
  NetworkPdu pdu{hex, static_cast<int>(octets->size() - tpdu_at), ((*octets)[tpdu_at] & 3U) == 2, std::nullopt};
  if (pdu.is_report || tpdu_at + 1 >= octets->size()) return pdu;
  const std::size_t dcs_at = tpdu_at + 3 + ((*octets)[tpdu_at + 1] + 1U) / 2 + 1;
  if (dcs_at < octets->size()) {
    const unsigned dcs = (*octets)[dcs_at];
    if ((dcs & 0x90U) == 0x10 || (dcs & 0xF0U) == 0xF0) pdu.message_class = static_cast<int>(dcs & 3U);
  }
  return pdu;
}

}  // namespace modem_sim
