// TPDUs as a modem hands them over. Input: an octet of options, then the octets of the TPDU.
#include <algorithm>
#include <utility>

#include "firmware/modem/tpdu/decode.hpp"
#include "firmware/modem/tpdu/delivery_status.hpp"
#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/septets.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/tpdu_seeds.hpp"

namespace {

using fuzz::require;
using Octets = std::span<const std::uint8_t>;

constexpr std::uint8_t option_from_mobile = 1;
constexpr std::uint8_t option_without_smsc = 2;

void check_address(const tpdu::Address& address) {
  require(relay::decode_utf8(address.number).has_value(), "an address is UTF-8");
  const auto characters = relay::decode_utf8(address.number)->size();
  if (address.type == tpdu::NumberType::alphanumeric) {
    require(characters <= 11, "an alphanumeric address has at most 11 characters");
    return;
  }
  require(characters <= tpdu::max_address_digits + 1U, "an address has at most 20 digits");
  const auto digits = address.number.starts_with('+') ? std::string_view{address.number}.substr(1) : address.number;
  require(digits.find_first_not_of("0123456789*#abc") == std::string_view::npos, "an address is made of digits");
}

void check_time(const std::optional<tpdu::Timestamp>& time) {
  if (!time) return;
  require(time->year >= 1990 && time->year <= 2089, "a time stamp lies in its hundred years");
  require(std::abs(time->offset_quarters) <= 79, "an offset has two digits");
  require(tpdu::to_text(*time).size() == 25, "a time stamp is written in full");
  (void)tpdu::to_wall(*time);
}

void check_user_data(const tpdu::UserData& data, int udl_bound, bool tolerant) {
  require(tolerant || !data.truncated, "a strict reading never cuts");
  require(data.text.has_value() != (data.coding.compressed || data.coding.alphabet == tpdu::Alphabet::octets),
          "plain text is read, other data is not");
  require(!data.text || data.data.empty(), "user data is a text or octets");
  require(data.header_octets.size() + data.data.size() <= 255, "user data is bounded by TP-UDL");
  if (data.text) {
    require(data.text->size() <= static_cast<std::size_t>(udl_bound), "a text is bounded by TP-UDL");
    require(std::ranges::all_of(*data.text, [](char32_t c) { return c <= 0x10FFFF; }), "a text is of characters");
    require(relay::decode_utf8(relay::encode_utf8(*data.text)).has_value(), "a text can be written as UTF-8");
  }
  if (const auto& concat = data.header.concatenation) {
    require(concat->ref_bits == 8 || concat->ref_bits == 16, "a reference has 8 or 16 bits");
    require(concat->ref >= 0 && concat->ref < 1 << concat->ref_bits, "a reference fits its bits");
    require(concat->total <= 255 && concat->seq >= 1 && concat->seq <= concat->total, "a part is one of its message");
  }
  if (const auto& ports = data.header.ports) {
    const int bound = 1 << ports->bits;
    require(ports->source >= 0 && ports->source < bound && ports->destination >= 0 && ports->destination < bound,
            "a port fits its bits");
  }
}

void check_report(const tpdu::StatusReport& report) {
  check_address(report.recipient);
  check_time(report.service_centre_time);
  check_time(report.discharge_time);
  require(!tpdu::describe_status(report.status).empty(), "every status has words");
  const bool delivered = tpdu::outcome_of(report.status) == relay::ReceiptStatus::delivered;
  require(!delivered || report.status <= 0x02, "delivered is what the service centre called so");
  require(!delivered || !tpdu::may_retry(report.status), "what was delivered is not sent again");
  if (report.user_data) check_user_data(*report.user_data, 255, true);
}

void check(const tpdu::Decoded& decoded, bool tolerant) {
  if (decoded.smsc) check_address(*decoded.smsc);
  if (const auto* deliver = std::get_if<tpdu::Deliver>(&decoded.message)) {
    check_address(deliver->originator);
    check_time(deliver->service_centre_time);
    require(tolerant || deliver->service_centre_time, "a strict reading has a time");
    check_user_data(deliver->user_data, 255, tolerant);
  } else if (const auto* submit = std::get_if<tpdu::Submit>(&decoded.message)) {
    check_address(submit->destination);
    check_user_data(submit->user_data, 255, tolerant);
  } else if (const auto* report = std::get_if<tpdu::StatusReport>(&decoded.message)) {
    check_report(*report);
  } else {
    check_address(std::get<tpdu::Command>(decoded.message).destination);
  }
}

const tpdu::UserData* user_data_of(const tpdu::Decoded& decoded) {
  if (const auto* deliver = std::get_if<tpdu::Deliver>(&decoded.message)) return &deliver->user_data;
  const auto* submit = std::get_if<tpdu::Submit>(&decoded.message);
  return submit != nullptr ? &submit->user_data : nullptr;
}

bool same_user_data(const tpdu::Decoded& a, const tpdu::Decoded& b) {
  const auto* left = user_data_of(a);
  const auto* right = user_data_of(b);
  if (left == nullptr || right == nullptr) return left == right;
  return left->text == right->text && left->data == right->data && left->header == right->header;
}

/// The reading must not depend on what stands behind the TPDU, nor on how it was written down.
void check_relatives(Octets octets, const tpdu::DecodeOptions& strict, const tpdu::Decoded& decoded) {
  tpdu::DecodeOptions tolerant = strict;
  tolerant.tolerant = true;
  const auto lenient = tpdu::decode(octets, tolerant);
  require(lenient.has_value() && same_user_data(*lenient, decoded), "a tolerant reading reads what a strict one does");
  std::vector<std::uint8_t> longer(octets.begin(), octets.end());
  longer.insert(longer.end(), {0xAA, 0x55, 0x00});
  const auto followed = tpdu::decode(longer, strict);
  require(followed.has_value() && same_user_data(*followed, decoded), "what follows the user data is ignored");
}

void check_hex(Octets octets, const tpdu::DecodeOptions& options, bool readable) {
  for (const auto letters : {tpdu::HexCase::lower, tpdu::HexCase::upper}) {
    const std::string hex = tpdu::to_hex(octets, letters);
    const auto back = tpdu::from_hex(hex);
    require(back && std::ranges::equal(*back, octets), "octets survive hex");
    require(tpdu::decode_hex(hex, options).has_value() == readable, "hex reads as the octets do");
  }
}

/// Packing and unpacking are each other's reverse, whatever comes first.
void check_septets(Octets octets) {
  std::vector<std::uint8_t> septets(octets.begin(), octets.end());
  for (auto& septet : septets) septet &= 0x7FU;
  for (const std::size_t first : {0U, 1U, 7U}) {
    const auto packed = tpdu::pack_septets(septets, first);
    require(packed.size() == tpdu::octets_for_septets(first + septets.size()), "septets take as many octets as told");
    require(tpdu::unpack_septets(packed, first, septets.size()) == septets, "septets survive packing");
  }
}

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  const std::uint8_t options = input.octet();
  const Octets octets = fuzz::octets_of(input.rest());
  tpdu::DecodeOptions how;
  how.direction = (options & option_from_mobile) != 0 ? tpdu::Direction::from_mobile : tpdu::Direction::to_mobile;
  how.with_smsc = (options & option_without_smsc) == 0;

  const auto strict = tpdu::decode(octets, how);
  if (strict) {
    check(*strict, false);
    check_relatives(octets, how, *strict);
  } else {
    require(strict.error().code == relay::ErrorCode::invalid_argument, "what is unreadable is the sender's fault");
    require(!strict.error().message.empty(), "an error says what is wrong");
  }
  check_hex(octets, how, strict.has_value());
  check_septets(octets.first(std::min<std::size_t>(octets.size(), 200)));
  how.tolerant = true;
  if (const auto tolerant = tpdu::decode(octets, how)) check(*tolerant, true);
}

fuzz::Seeds seeds() {
  fuzz::Seeds all;
  for (const auto& seed : fuzz::tpdu_seeds()) {
    all.push_back(std::string(1, seed.from_mobile ? '\1' : '\0') + seed.octets);
  }
  return all;
}

const fuzz::Registration registration{{"tpdu", &run, &seeds}};

}  // namespace
