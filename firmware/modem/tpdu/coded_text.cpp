#include "firmware/modem/tpdu/coded_text.hpp"

#include <algorithm>
#include <array>

#include "firmware/modem/tpdu/septets.hpp"

namespace tpdu {
namespace {

using relay::Result;
using relay::TextEncoding;

constexpr int max_septets = 160;
// Octets in the user data header (3GPP TS 23.040 clauses 9.2.3.24.1, .8, .15 and .16).
constexpr int header_length_octet = 1;
constexpr int table_element = 3;

int septets_beside(int header_octets) {
  return max_septets - static_cast<int>(septets_for_octets(static_cast<std::size_t>(header_octets)));
}

// None: the tables lack a character, or it takes too many parts.
std::optional<CodedText> code_with(ShiftTables shifts, std::u32string_view text, int ref_bits) {
  const SeptetCoder coder(shifts);
  const auto units_of = [&coder](char32_t character) { return static_cast<int>(coder.encode(character).count); };
  if (!std::ranges::all_of(text, [&](char32_t c) { return units_of(c) > 0; })) return std::nullopt;
  const int tables = (shifts.locking != 0 ? table_element : 0) + (shifts.single != 0 ? table_element : 0);
  const int concatenation = ref_bits == 8 ? 5 : 6;
  auto parts = relay::split_text(text, units_of, septets_beside(header_length_octet + tables),
                                 septets_beside(header_length_octet + concatenation + tables));
  if (!parts) return std::nullopt;
  return CodedText{.encoding = TextEncoding::gsm7, .shifts = shifts, .parts = std::move(*parts)};
}

// The single shift table first: what a telephone without it shows differs in the shifted characters only.
std::array<ShiftTables, 3> choices_of(Language language) {
  const int identifier = static_cast<int>(language);
  const int locking = locking_shift_table(identifier) != nullptr ? identifier : 0;
  return {{{.locking = 0, .single = identifier}, {.locking = locking}, {.locking = locking, .single = identifier}}};
}

}  // namespace

Result<CodedText> code_text(std::string_view utf8, std::optional<TextEncoding> wish, int ref_bits,
                            std::span<const Language> languages) {
  const auto plain = wish ? relay::split_sms_as(*wish, utf8, ref_bits) : relay::split_sms(utf8, ref_bits);
  std::optional<CodedText> best;
  if (plain) best = CodedText{.encoding = plain->encoding, .shifts = {}, .parts = plain->parts};
  const bool good_enough = best && best->parts.size() == 1;
  if (!languages.empty() && !good_enough && wish != TextEncoding::ucs2) {
    const auto text = relay::decode_utf8(utf8);
    if (!text) return std::unexpected(text.error());
    for (const Language language : languages) {
      for (const ShiftTables shifts : choices_of(language)) {
        if (shifts == ShiftTables{}) continue;
        auto coded = code_with(shifts, *text, ref_bits);
        if (coded && (!best || coded->parts.size() < best->parts.size())) best = std::move(coded);
      }
    }
  }
  if (!best) return std::unexpected(plain.error());
  return std::move(*best);
}

}  // namespace tpdu
