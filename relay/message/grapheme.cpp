#include "relay/message/grapheme.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "relay/message/grapheme_extend.hpp"

namespace relay {
namespace {

using detail::CharacterRange;

constexpr char32_t zero_width_joiner = 0x200D;

bool within(std::span<const CharacterRange> ranges, char32_t c) {
  if (c < ranges.front().first) return false;
  const auto range = std::ranges::upper_bound(ranges, c, {}, &CharacterRange::first) - 1;
  return c <= range->last;
}

// The vowels sara am of Thai and Lao are letters by their category and yet extend (SpacingMark).
bool extends(char32_t c) { return c == 0x0E33 || c == 0x0EB3 || within(detail::grapheme_extend, c); }

// Signs that stand before what they belong to (GB9b): of the scripts that are in use.
constexpr std::array prepended{CharacterRange{0x0600, 0x0605}, CharacterRange{0x06DD, 0x06DD},
                               CharacterRange{0x070F, 0x070F}, CharacterRange{0x0890, 0x0891},
                               CharacterRange{0x08E2, 0x08E2}, CharacterRange{0x0D4E, 0x0D4E}};

// Consonants that a virama joins into one written sign (GB9c): Devanagari, Bengali, Gujarati, Oriya, Telugu, Malayalam.
constexpr std::array conjunct_consonants{
    CharacterRange{0x0915, 0x0939}, CharacterRange{0x0958, 0x095F}, CharacterRange{0x0978, 0x097F},
    CharacterRange{0x0995, 0x09A8}, CharacterRange{0x09AA, 0x09B0}, CharacterRange{0x09B2, 0x09B2},
    CharacterRange{0x09B6, 0x09B9}, CharacterRange{0x09DC, 0x09DD}, CharacterRange{0x09DF, 0x09DF},
    CharacterRange{0x09F0, 0x09F1}, CharacterRange{0x0A95, 0x0AA8}, CharacterRange{0x0AAA, 0x0AB0},
    CharacterRange{0x0AB2, 0x0AB3}, CharacterRange{0x0AB5, 0x0AB9}, CharacterRange{0x0AF9, 0x0AF9},
    CharacterRange{0x0B15, 0x0B28}, CharacterRange{0x0B2A, 0x0B30}, CharacterRange{0x0B32, 0x0B33},
    CharacterRange{0x0B35, 0x0B39}, CharacterRange{0x0B5C, 0x0B5D}, CharacterRange{0x0B5F, 0x0B5F},
    CharacterRange{0x0B71, 0x0B71}, CharacterRange{0x0C15, 0x0C28}, CharacterRange{0x0C2A, 0x0C39},
    CharacterRange{0x0C58, 0x0C5A}, CharacterRange{0x0D15, 0x0D3A}};

bool is_virama(char32_t c) {
  return c == 0x094D || c == 0x09CD || c == 0x0ACD || c == 0x0B4D || c == 0x0C4D || c == 0x0D4D;
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

// The characters of a cluster so far, as far as the next one depends on them.
class Cluster {
 public:
  explicit Cluster(char32_t first) { take(first); }

  [[nodiscard]] bool goes_on_with(char32_t c) const {
    if (is_control(last_) || is_control(c)) return last_ == U'\r' && c == U'\n';
    if (extends(c) || within(prepended, last_)) return true;
    // GB11, for every symbol rather than for pictographs alone.
    if (last_ == zero_width_joiner && c >= 0x203C && !is_regional_indicator(c)) return true;
    if (half_flag_ && is_regional_indicator(c)) return true;
    if (conjunct_ == Conjunct::joining && within(conjunct_consonants, c)) return true;
    return hangul_joins(last_, c);
  }

  void take(char32_t c) {
    half_flag_ = is_regional_indicator(c) && !half_flag_;  // GB12, GB13: flags are pairs
    if (within(conjunct_consonants, c)) {
      conjunct_ = Conjunct::consonant;
    } else if (!extends(c)) {
      conjunct_ = Conjunct::none;
    } else if (conjunct_ == Conjunct::consonant && is_virama(c)) {
      conjunct_ = Conjunct::joining;
    }
    last_ = c;
  }

 private:
  enum class Conjunct { none, consonant, joining };
  char32_t last_ = 0;
  bool half_flag_ = false;
  Conjunct conjunct_ = Conjunct::none;
};

}  // namespace

std::size_t grapheme_length(std::u32string_view text, std::size_t start) {
  Cluster cluster(text[start]);
  std::size_t end = start + 1;
  for (; end < text.size() && cluster.goes_on_with(text[end]); ++end) cluster.take(text[end]);
  return end - start;
}

}  // namespace relay
