// A text on its way out and back: UTF-8, parts, TPDUs, and the joined text. Input: options, an octet of repetitions,
// then the text.
#include <algorithm>
#include <vector>

#include "firmware/modem/tpdu/decode.hpp"
#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/reassembler.hpp"
#include "firmware/modem/tpdu/septets.hpp"
#include "firmware/modem/tpdu/submit.hpp"
#include "relay/message/grapheme.hpp"
#include "relay/message/gsm7.hpp"
#include "relay/message/sms_text.hpp"
#include "tests/fuzz/target.hpp"

namespace {

using fuzz::require;
using relay::TextEncoding;

constexpr std::size_t longest_text = 40'000;  // a little more than 255 parts of 153 septets
constexpr std::size_t max_tpdu_octets =
    164;  // of a SUBMIT with 20 digits and a 7-octet validity (23.040 clause 9.2.2.2)

struct Options {
  int ref_bits = 8;
  bool forced = false;
  TextEncoding forced_encoding = TextEncoding::gsm7;
  bool from_the_back = false;  ///< The parts arrive in reverse.
  std::vector<tpdu::Language> languages;
};

Options read_options(std::uint8_t octet) {
  Options options{.ref_bits = (octet & 1U) != 0 ? 16 : 8,
                  .forced = (octet & 2U) != 0,
                  .forced_encoding = (octet & 4U) != 0 ? TextEncoding::ucs2 : TextEncoding::gsm7,
                  .from_the_back = (octet & 8U) != 0,
                  .languages = {}};
  const int language = octet >> 4U;  // 14 and 15: none, too
  if (language >= 1 && language <= 13) options.languages = {static_cast<tpdu::Language>(language)};
  return options;
}

/// Counted here, not by the product: septets with their escapes, or UTF-16 units.
int units_of(std::u32string_view text, TextEncoding encoding) {
  int units = 0;
  for (const char32_t c : text) {
    units += encoding == TextEncoding::gsm7 ? relay::gsm7::encode(c).count : (c > 0xFFFF ? 2 : 1);
  }
  return units;
}

void check_split(const relay::SmsParts& split, const std::u32string& whole, const Options& options) {
  require(!split.parts.empty() && split.parts.size() <= relay::max_sms_parts, "a text has 1 to 255 parts");
  const bool in_gsm7 = std::ranges::all_of(whole, [](char32_t c) { return relay::gsm7::encode(c).count > 0; });
  if (!options.forced) require((split.encoding == TextEncoding::gsm7) == in_gsm7, "GSM-7 where the whole text has it");
  const auto& limits = split.encoding == TextEncoding::gsm7 ? relay::gsm7_limits : relay::ucs2_limits;
  const int several = options.ref_bits == 8 ? limits.ref8 : limits.ref16;
  const int limit = split.parts.size() == 1 ? limits.single : several;
  std::u32string joined;
  for (const auto& part : split.parts) {
    require(part.units == units_of(part.text, split.encoding), "a part counts its units rightly");
    require(part.units <= limit, "a part fits");
    require(split.parts.size() == 1 || !part.text.empty(), "no part is empty but the only one");
    joined += part.text;
  }
  require(joined == whole, "the joined parts are the whole");
  require(split.parts.size() == 1 || units_of(whole, split.encoding) > limits.single, "one part where one is enough");
}

/// A part ends inside of a grapheme cluster only when the cluster is longer than a part.
void check_clusters(const relay::SmsParts& split, const std::u32string& whole, int limit) {
  std::size_t part = 0;
  std::size_t boundary = split.parts[0].text.size();
  for (std::size_t at = 0; at < whole.size();) {
    const std::size_t length = relay::grapheme_length(whole, at);
    require(length >= 1 && length <= whole.size() - at, "a cluster lies in the text");
    for (; boundary < at + length && part + 1 < split.parts.size(); boundary += split.parts[++part].text.size()) {
      const bool inside = boundary > at;
      const bool too_long = units_of(std::u32string_view{whole}.substr(at, length), split.encoding) > limit;
      require(!inside || too_long, "a part ends between characters as people see them");
    }
    at += length;
  }
}

/// Septets and UTF-16 units as they go on the air: no pair is torn.
void check_on_air(const tpdu::Submit& submit, TextEncoding encoding) {
  const auto& data = submit.user_data;
  require(data.text.has_value(), "what we encode is a text");
  const auto is_surrogate = [](char32_t c) { return c >= 0xD800 && c <= 0xDFFF; };
  require(std::ranges::none_of(*data.text, is_surrogate), "no part holds half of a surrogate pair");
  require((data.coding.alphabet == tpdu::Alphabet::gsm7) == (encoding == TextEncoding::gsm7),
          "the coding is what it says");
}

tpdu::Submit read_back(const tpdu::SubmitPart& part) {
  const auto octets = tpdu::from_hex(part.pdu);
  require(octets && !octets->empty(), "a PDU is hex");
  const std::size_t smsc = std::size_t{1} + octets->front();
  require(octets->size() == smsc + static_cast<std::size_t>(part.length), "+CMGS is told the TPDU's length");
  require(static_cast<std::size_t>(part.length) <= max_tpdu_octets, "a TPDU fits into its 164 octets");
  auto decoded = tpdu::decode(*octets, {.direction = tpdu::Direction::from_mobile});
  require(decoded.has_value(), "we read what we write");
  auto* submit = std::get_if<tpdu::Submit>(&decoded->message);
  require(submit != nullptr, "what we write is a SUBMIT");
  return std::move(*submit);
}

/// As the receiving telephone does it.
std::string reassemble(const std::vector<tpdu::Submit>& submits, bool from_the_back) {
  tpdu::Reassembler reassembler;
  std::vector<tpdu::InboundMessage> messages;
  for (std::size_t i = 0; i < submits.size(); ++i) {
    const auto& submit = submits[from_the_back ? submits.size() - 1 - i : i];
    auto added = reassembler.add({.sender = "us",
                                  .concatenation = submit.user_data.header.concatenation,
                                  .text = *submit.user_data.text,
                                  .tag = static_cast<std::int64_t>(i)},
                                 relay::TimelineTime{relay::Millis{static_cast<std::int64_t>(i)}});
    std::ranges::move(added.messages, std::back_inserter(messages));
  }
  require(messages.size() == 1 && messages.front().complete, "the parts of a text make one message");
  return messages.front().text;
}

/// With national tables there are as many parts or fewer, and the receiver reads the same.
void check_national(const std::string& utf8, const Options& options, std::size_t parts) {
  tpdu::SubmitRequest request{.number = "+35840123456789012345", .text = utf8, .smsc = {}};
  request.concat_ref_bits = options.ref_bits;
  request.languages = options.languages;
  const auto encoded = tpdu::encode_submit(request);
  require(encoded.has_value() && encoded->parts.size() <= parts, "a table is taken where it saves parts");
  require(encoded->parts.size() < parts || encoded->shifts == tpdu::ShiftTables{}, "no table without need");
  std::vector<tpdu::Submit> submits;
  for (const auto& part : encoded->parts) {
    submits.push_back(read_back(part));
    const auto& header = submits.back().user_data.header;
    require(tpdu::ShiftTables{header.locking_shift, header.single_shift} == encoded->shifts, "a part names its tables");
  }
  require(reassemble(submits, options.from_the_back) == utf8, "the receiver reads what was sent by national tables");
}

void check_submit(const std::string& utf8, const Options& options, const relay::SmsParts& split) {
  tpdu::SubmitRequest request{.number = "+35840123456789012345", .text = utf8};
  request.concat_ref_bits = options.ref_bits;
  request.concat_ref = options.ref_bits == 8 ? 0xFE : 0xFEDC;
  request.message_reference = 250;
  request.status_report_request = true;
  request.validity_minutes = 60;
  if (options.forced) request.encoding = options.forced_encoding;
  const auto encoded = tpdu::encode_submit(request);
  require(encoded.has_value() && encoded->parts.size() == split.parts.size(), "what can be split can be sent");
  std::vector<tpdu::Submit> submits;
  for (std::size_t i = 0; i < encoded->parts.size(); ++i) {
    submits.push_back(read_back(encoded->parts[i]));
    const auto& submit = submits.back();
    check_on_air(submit, encoded->encoding);
    require(*submit.user_data.text == split.parts[i].text, "a part comes back as it went");
    require(submit.destination.number == request.number, "the recipient comes back as it went");
    require(submit.message_reference == static_cast<std::uint8_t>(250 + i), "references count up");
    const auto& concat = submit.user_data.header.concatenation;
    require(concat.has_value() == (encoded->parts.size() > 1), "several parts are concatenated");
    require(
        !concat || (*concat == tpdu::Concatenation{request.concat_ref, options.ref_bits,
                                                   static_cast<int>(encoded->parts.size()), static_cast<int>(i) + 1}),
        "a part knows its place");
  }
  require(reassemble(submits, options.from_the_back) == utf8, "the receiver reads what was sent");
}

void run(std::string_view bytes) {
  fuzz::Input input(bytes);
  const Options options = read_options(input.octet());
  const std::size_t times = std::size_t{1} << (input.octet() % 10);
  std::string utf8;
  for (std::size_t i = 0; i < times && utf8.size() + input.rest().size() <= longest_text; ++i) utf8 += input.rest();

  const auto whole = relay::decode_utf8(utf8);
  const auto split = options.forced ? relay::split_sms_as(options.forced_encoding, utf8, options.ref_bits)
                                    : relay::split_sms(utf8, options.ref_bits);
  if (!whole) {
    require(!split && !whole.error().message.empty(), "what is no UTF-8 is refused with words");
    return;
  }
  require(relay::encode_utf8(*whole) == utf8, "UTF-8 survives decoding");
  if (!split) {
    require(split.error().code == relay::ErrorCode::invalid_argument && !split.error().message.empty(),
            "a text that cannot go out is refused with words");
    return;
  }
  check_split(*split, *whole, options);
  const auto& limits = split->encoding == TextEncoding::gsm7 ? relay::gsm7_limits : relay::ucs2_limits;
  check_clusters(*split, *whole, options.ref_bits == 8 ? limits.ref8 : limits.ref16);
  check_submit(utf8, options, *split);
  if (!options.forced && !options.languages.empty()) check_national(utf8, options, split->parts.size());
}

fuzz::Seeds seeds() {
  const std::vector<std::string> texts{
      "",
      "Water in the cellar",
      "[x] {y} ~ \\ ^ | \xe2\x82\xac",
      "@\xc2\xa3$\xc2\xa5\xc3\xa8\xc3\xa9\xc3\xb9\xc3\xac\xc3\xb2\xc3\x87\n\r\x1b",
      "\xce\x94\xce\xa6\xce\x93\xce\x9b\xce\xa9\xce\xa0\xce\xa8\xce\xa3\xce\x98\xce\x9e",
      "\xd0\x9f\xd0\xbe\xd0\xb6\xd0\xb0\xd1\x80",
      "\xf0\x9f\x98\x80\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7 family",
      "\xf0\x9f\x87\xab\xf0\x9f\x87\xae",
      "e\xcc\x81\xcc\x81\xcc\x81",
      "\xea\xb0\x81\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8",
      "\xc5\x9f\xc4\xb1\xc4\x9f",
      "\xe0\xa4\x95\xe0\xa5\x8d\xe0\xa4\xb7",
      "\xed\xa0\x80",
      "\xc0\x80",
      "ab\xe2\x82"};
  fuzz::Seeds all;
  for (const auto& text : texts) {
    for (const char* head : {"\x08\x01", "\x01\x05", "\x06\x03", "\x02\x09", "\x10\x08", "\x39\x08", "\x60\x07"})
      all.push_back(std::string(head, 2) + text);
  }
  return all;
}

const fuzz::Registration registration{{"sms_text", &run, &seeds}};

}  // namespace
