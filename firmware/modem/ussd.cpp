#include "firmware/modem/ussd.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <regex>
#include <vector>

#include "firmware/modem/at/lines.hpp"
#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/septets.hpp"
#include "firmware/modem/tpdu/user_data.hpp"
#include "relay/base/concat.hpp"
#include "relay/message/gsm7.hpp"
#include "relay/message/sms_text.hpp"

namespace modem {
namespace {

using relay::ErrorCode;
using relay::fail;

constexpr std::size_t max_septets = 182;  // 3GPP TS 23.038 clause 6.1.2.3
constexpr std::uint8_t carriage_return = 0x0D;

relay::Result<std::vector<std::uint8_t>> septets_of(std::string_view text) {
  const auto characters = relay::decode_utf8(text);
  if (!characters) return std::unexpected(characters.error());
  std::vector<std::uint8_t> septets;
  for (const char32_t character : *characters) {
    const auto code = relay::gsm7::encode(character);
    if (code.count == 0 || character < U' ') {
      return fail(ErrorCode::invalid_argument, "a USSD text has letters, digits, * and # only");
    }
    if (code.count == 2) septets.push_back(relay::gsm7::escape);
    septets.push_back(code.code);
  }
  if (septets.empty()) return fail(ErrorCode::invalid_argument, "the USSD text is empty; write for example *100#");
  if (septets.size() > max_septets)
    return fail(ErrorCode::invalid_argument, relay::concat("a USSD text has at most ", max_septets, " characters"));
  return septets;
}

std::string packed_text(const std::vector<std::uint8_t>& octets) {
  auto septets = tpdu::unpack_septets(octets, 0, octets.size() * 8 / 7);
  // A last character that would be '@' is padded with CR (23.038 clause 6.1.2.3.1); some pad other lengths too.
  while (!septets.empty() && septets.back() == carriage_return) septets.pop_back();
  return relay::encode_utf8(tpdu::decode_septets(septets));
}

/// What came as it is: UTF-8 if it is that, else Latin-1, which is what GSM sticks mean by "IRA" and "8859-1".
std::string plain_text(std::string_view raw) {
  if (relay::decode_utf8(raw)) return std::string{raw};
  std::u32string text;
  for (const char c : raw) text += static_cast<unsigned char>(c);
  return relay::encode_utf8(text);
}

bool is_hex(std::string_view text) {
  return text.size() >= 2 && text.size() % 2 == 0 &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isxdigit(c) != 0; });
}

bool has_letter(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return std::isalpha(c) != 0; });
}

/// 23.038 clause 5: 0x11 (UCS2 behind a language), 01xx with the alphabet UCS2.
bool is_ucs2(int dcs) { return dcs == 0x11 || ((dcs & 0xC0) == 0x40 && (dcs & 0x0C) == 0x08); }

/// The network's text may hold anything; a console shows it.
std::string harmless(std::string text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    const auto octet = static_cast<unsigned char>(c);
    out += octet >= 0x20 && octet != 0x7F ? c : (c == '\n' ? '\n' : ' ');
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == '\n')) out.pop_back();
  return out;
}

std::string decoded(std::string_view raw, std::optional<int> dcs, const UssdCoding& coding) {
  if (is_hex(raw)) {
    const auto octets = tpdu::from_hex(raw).value_or(std::vector<std::uint8_t>{});
    if ((dcs && is_ucs2(*dcs)) || (coding.charset == "UCS2" && raw.size() % 4 == 0))
      return relay::encode_utf8(tpdu::decode_ucs2(octets));
    // "1050" may be a balance: only what a number cannot be is taken for packed septets without being told so.
    if (coding.packed || (raw.size() >= 8 && has_letter(raw))) return packed_text(octets);
  }
  return plain_text(raw);
}

}  // namespace

std::string_view name_of(UssdState state) {
  constexpr std::array<std::string_view, 6> names{"done",         "answer_expected", "ended_by_network",
                                                  "other_client", "not_supported",   "timed_out"};
  return names[static_cast<std::size_t>(state)];
}

relay::Result<std::string> ussd_command(std::string_view text, const UssdCoding& coding) {
  const auto septets = septets_of(text);
  if (!septets) return std::unexpected(septets.error());
  std::string content{text};
  if (coding.packed) {
    auto padded = *septets;
    if (padded.size() % 8 == 7) padded.push_back(carriage_return);
    content = tpdu::to_hex(tpdu::pack_septets(padded));
  } else if (coding.charset == "UCS2") {
    std::vector<std::uint8_t> octets;
    const std::u32string characters = relay::decode_utf8(text).value_or(std::u32string{});
    for (const char32_t character : characters) {  // The default alphabet lies in the basic plane.
      octets.push_back(static_cast<std::uint8_t>(character >> 8U));
      octets.push_back(static_cast<std::uint8_t>(character & 0xFFU));
    }
    content = tpdu::to_hex(octets);
  } else if (content.find('"') != std::string::npos) {
    return fail(ErrorCode::invalid_argument, "a USSD text has letters, digits, * and # only");
  }
  return relay::concat("AT+CUSD=1,\"", content, "\",15");
}

std::optional<UssdReply> UssdReader::feed(std::string_view line, const UssdCoding& coding) {
  if (line.starts_with("+CUSD:")) {
    text_ = line;
    lines_ = 1;
  } else {
    text_ += '\n';
    text_ += line;
    ++lines_;
  }
  const auto first = text_.find('"');
  // The text ends with the last quote, behind which only the coding stands.
  const auto last = text_.rfind('"');
  const auto tail = last == std::string::npos ? std::string_view{} : std::string_view{text_}.substr(last + 1);
  const bool closed = first == std::string::npos || (last > first && (tail.empty() || tail.front() == ','));
  if (!closed && lines_ < max_lines) return std::nullopt;
  return finish(coding);
}

std::optional<UssdReply> UssdReader::finish(const UssdCoding& coding) {
  const std::string text = std::exchange(text_, {});
  lines_ = 0;
  const auto first = text.find('"');
  const auto last = text.rfind('"');
  const auto state = at::number_of(at::fields_of(text.substr(0, text.find(',')))[0]);
  if (!state || *state > 5) return std::nullopt;
  UssdReply reply{static_cast<UssdState>(*state), {}};
  if (first == std::string::npos) return reply;
  const bool closed = last > first;
  const std::string raw = closed ? text.substr(first + 1, last - first - 1) : text.substr(first + 1);
  std::optional<int> dcs;
  if (closed && last + 2 < text.size() && text[last + 1] == ',')
    dcs = at::number_of(at::fields_of(":" + text.substr(last + 2))[0]);
  reply.text = harmless(decoded(raw, dcs, coding));
  return reply;
}

std::optional<double> amount_in(const std::string& text, const std::string& pattern) {
  std::string digits;
  try {
    std::smatch match;
    if (!std::regex_search(text, match, std::regex(pattern, std::regex::ECMAScript | std::regex::icase)))
      return std::nullopt;
    digits = match.size() > 1 ? match[1].str() : match[0].str();
  } catch (const std::regex_error&) {  // Too complex for this text; the pattern itself was checked at start.
    return std::nullopt;
  }
  std::erase(digits, ' ');
  std::ranges::replace(digits, ',', '.');
  double amount = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return amount;
}

std::string trouble_with_pattern(const std::string& pattern) {
  try {
    const std::regex tried(pattern, std::regex::ECMAScript | std::regex::icase);
    return tried.mark_count() <= 1 ? "" : "it has several groups; the amount must be the only one";
  } catch (const std::regex_error& error) {
    return error.what();
  }
}

}  // namespace modem
