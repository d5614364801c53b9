#include "relay/message/sms_text.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "relay/message/grapheme.hpp"
#include "relay/message/gsm7.hpp"

namespace relay {
namespace {

constexpr char32_t replacement_character = 0xFFFD;

bool is_surrogate(char32_t c) { return c >= 0xD800 && c <= 0xDFFF; }

int gsm7_units(char32_t character) { return gsm7::encode(character).count; }
int ucs2_units(char32_t character) { return character > 0xFFFF ? 2 : 1; }

int total_units(std::u32string_view text, const CharacterUnits& units_of) {
  int units = 0;
  for (const char32_t character : text) units += units_of(character);
  return units;
}

// Fills parts up to `limit` units, one after the other.
class PartFiller {
 public:
  PartFiller(const CharacterUnits& units_of, int limit, std::vector<SmsPart>& parts)
      : units_of_(units_of), limit_(limit), parts_(parts) {
    parts_.emplace_back();
  }

  // False when a further part would be over the bound.
  bool add(std::u32string_view cluster) {
    const int units = total_units(cluster, units_of_);
    if (units <= limit_) return append(cluster, units);
    return std::ranges::all_of(
        cluster, [this](const char32_t& character) { return append({&character, 1}, units_of_(character)); });
  }

 private:
  bool append(std::u32string_view characters, int units) {
    if (parts_.back().units + units > limit_) {
      if (parts_.size() == max_sms_parts) return false;
      parts_.emplace_back();
    }
    parts_.back().text += characters;
    parts_.back().units += units;
    return true;
  }

  const CharacterUnits& units_of_;
  int limit_;
  std::vector<SmsPart>& parts_;
};

Result<SmsParts> split(TextEncoding encoding, std::u32string_view text, int ref_bits) {
  if (ref_bits != 8 && ref_bits != 16) {
    return fail(ErrorCode::invalid_argument,
                "the concatenation reference has 8 or 16 bits, not " + std::to_string(ref_bits));
  }
  const bool gsm7 = encoding == TextEncoding::gsm7;
  const SmsLimits& limits = gsm7 ? gsm7_limits : ucs2_limits;
  auto parts =
      split_text(text, gsm7 ? gsm7_units : ucs2_units, limits.single, ref_bits == 8 ? limits.ref8 : limits.ref16);
  if (!parts) return std::unexpected(parts.error());
  return SmsParts{.encoding = encoding, .parts = std::move(*parts)};
}

std::optional<std::size_t> first_not_in_gsm7(std::u32string_view text) {
  const auto missing = std::ranges::find_if(text, [](char32_t c) { return gsm7::encode(c).count == 0; });
  if (missing == text.end()) return std::nullopt;
  return static_cast<std::size_t>(missing - text.begin());
}

// "U+00E7"
std::string code_point_name(char32_t character) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string name = "U+";
  for (int shift = character > 0xFFFF ? 20 : 12; shift >= 0; shift -= 4) name += digits[(character >> shift) & 0xFU];
  return name;
}

// The form of a UTF-8 sequence by its first byte: its length, the bits that byte gives, and the smallest scalar that
// needs it.
struct Utf8Form {
  std::size_t length;
  char32_t bits;
  char32_t smallest;
};

std::optional<Utf8Form> utf8_form(std::uint8_t lead) {
  if (lead < 0x80) return Utf8Form{1, lead, 0};
  if (lead >= 0xC2 && lead < 0xE0) return Utf8Form{2, lead & 0x1FU, 0x80};
  if (lead >= 0xE0 && lead < 0xF0) return Utf8Form{3, lead & 0x0FU, 0x800};
  if (lead >= 0xF0 && lead < 0xF5) return Utf8Form{4, lead & 0x07U, 0x10000};
  return std::nullopt;
}

}  // namespace

Result<std::vector<SmsPart>> split_text(std::u32string_view text, const CharacterUnits& units_of, int single,
                                        int concatenated) {
  std::vector<SmsPart> parts;
  // Counted only as far as it matters: a text may be megabytes long and is then refused below.
  if (text.size() <= static_cast<std::size_t>(single)) {
    const int units = total_units(text, units_of);
    if (units <= single) {
      parts.push_back({.text = std::u32string(text), .units = units});
      return parts;
    }
  }
  PartFiller filler(units_of, concatenated, parts);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = grapheme_length(text, at);
    if (!filler.add(text.substr(at, length))) {
      return fail(ErrorCode::invalid_argument,
                  "the text needs more than " + std::to_string(max_sms_parts) + " SMS parts; shorten it");
    }
    at += length;
  }
  return parts;
}

Result<SmsParts> split_sms(std::string_view utf8, int ref_bits) {
  const auto text = decode_utf8(utf8);
  if (!text) return std::unexpected(text.error());
  return split(first_not_in_gsm7(*text) ? TextEncoding::ucs2 : TextEncoding::gsm7, *text, ref_bits);
}

Result<SmsParts> split_sms_as(TextEncoding encoding, std::string_view utf8, int ref_bits) {
  const auto text = decode_utf8(utf8);
  if (!text) return std::unexpected(text.error());
  if (encoding == TextEncoding::gsm7) {
    if (const auto place = first_not_in_gsm7(*text)) {
      return fail(ErrorCode::invalid_argument, "character " + std::to_string(*place + 1) + " of the text (" +
                                                   code_point_name((*text)[*place]) +
                                                   ") is not in the GSM 7 bit alphabet; send it as UCS-2");
    }
  }
  return split(encoding, *text, ref_bits);
}

Result<std::u32string> decode_utf8(std::string_view utf8) {
  const auto broken = [](std::size_t at) {
    return fail(ErrorCode::invalid_argument, "the text is not UTF-8: wrong byte at offset " + std::to_string(at));
  };
  std::u32string text;
  text.reserve(utf8.size());
  for (std::size_t at = 0; at < utf8.size();) {
    const auto form = utf8_form(static_cast<std::uint8_t>(utf8[at]));
    if (!form || utf8.size() - at < form->length) return broken(at);
    char32_t character = form->bits;
    for (std::size_t i = 1; i < form->length; ++i) {
      const auto next = static_cast<std::uint8_t>(utf8[at + i]);
      if ((next & 0xC0U) != 0x80U) return broken(at + i);
      character = (character << 6U) | (next & 0x3FU);
    }
    if (character < form->smallest || is_surrogate(character) || character > 0x10FFFF) return broken(at);
    text.push_back(character);
    at += form->length;
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  const auto put = [&utf8](char32_t byte) { utf8.push_back(static_cast<char>(byte)); };
  for (char32_t c : text) {
    if (is_surrogate(c) || c > 0x10FFFF) c = replacement_character;
    if (c < 0x80) {
      put(c);
    } else if (c < 0x800) {
      put(0xC0U | (c >> 6U));
      put(0x80U | (c & 0x3FU));
    } else if (c < 0x10000) {
      put(0xE0U | (c >> 12U));
      put(0x80U | ((c >> 6U) & 0x3FU));
      put(0x80U | (c & 0x3FU));
    } else {
      put(0xF0U | (c >> 18U));
      put(0x80U | ((c >> 12U) & 0x3FU));
      put(0x80U | ((c >> 6U) & 0x3FU));
      put(0x80U | (c & 0x3FU));
    }
  }
  return utf8;
}

}  // namespace relay
