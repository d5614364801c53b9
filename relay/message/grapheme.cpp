#include "relay/message/grapheme.hpp"

#include <algorithm>

#include "relay/message/grapheme_extend.hpp"

namespace relay {
namespace {

constexpr char32_t zero_width_joiner = 0x200D;

bool extends(char32_t c) {
  if (c < detail::grapheme_extend.front().first) return false;
  const auto range = std::ranges::upper_bound(detail::grapheme_extend, c, {}, &detail::CharacterRange::first) - 1;
  return c <= range->last;
}

bool is_regional_indicator(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }

// Control characters join nothing but CR with LF (GB3 to GB5).
bool is_control(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

// Hangul syllables are written as one: leading consonant, vowel, trailing consonant, or ready-made (GB6 to GB8).
enum class Hangul { none, leading, vowel, trailing, open_syllable, closed_syllable };

Hangul hangul_of(char32_t c) {
  if ((c >= 0x1100 && c <= 0x115F) || (c >= 0xA960 && c <= 0xA97C)) return Hangul::leading;
  if ((c >= 0x1160 && c <= 0x11A7) || (c >= 0xD7B0 && c <= 0xD7C6)) return Hangul::vowel;
  if ((c >= 0x11A8 && c <= 0x11FF) || (c >= 0xD7CB && c <= 0xD7FB)) return Hangul::trailing;
  if (c >= 0xAC00 && c <= 0xD7A3) return (c - 0xAC00) % 28 == 0 ? Hangul::open_syllable : Hangul::closed_syllable;
  return Hangul::none;
}

bool hangul_joins(char32_t before, char32_t after) {
  const Hangul left = hangul_of(before);
  const Hangul right = hangul_of(after);
  switch (left) {
    case Hangul::none:
      return false;
    case Hangul::leading:
      return right != Hangul::none && right != Hangul::trailing;
    case Hangul::vowel:
    case Hangul::open_syllable:
      return right == Hangul::vowel || right == Hangul::trailing;
    case Hangul::trailing:
    case Hangul::closed_syllable:
      return right == Hangul::trailing;
  }
  return false;
}

}  // namespace

std::size_t grapheme_length(std::u32string_view text, std::size_t start) {
  std::size_t end = start + 1;
  bool flag_open = is_regional_indicator(text[start]);
  for (; end < text.size(); ++end) {
    const char32_t before = text[end - 1];
    const char32_t after = text[end];
    if (is_control(before) || is_control(after)) {
      if (before == U'\r' && after == U'\n') continue;
      break;
    }
    if (extends(after)) {
      flag_open = false;
      continue;
    }
    if (before == zero_width_joiner && after >= 0x203C)
      continue;  // GB11, for every symbol rather than for pictographs alone
    if (flag_open && is_regional_indicator(after)) {
      flag_open = false;  // GB12, GB13: flags are pairs
      continue;
    }
    if (!hangul_joins(before, after)) break;
  }
  return end - start;
}

}  // namespace relay
