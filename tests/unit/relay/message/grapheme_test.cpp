#include "relay/message/grapheme.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

namespace {

std::vector<std::size_t> lengths(std::u32string_view text) {
  std::vector<std::size_t> result;
  for (std::size_t at = 0; at < text.size(); at += result.back()) result.push_back(relay::grapheme_length(text, at));
  return result;
}

using Lengths = std::vector<std::size_t>;

}  // namespace

TEST_GROUP(Grapheme){};

TEST(Grapheme, clusters) {
  CHECK(lengths(U"").empty());
  CHECK(lengths(U"abc") == (Lengths{1, 1, 1}));
  CHECK(lengths(U"e\u0301x") == (Lengths{2, 1}));                       // combining accent
  CHECK(lengths(U"a\r\nb") == (Lengths{1, 2, 1}));                      // CR LF
  CHECK(lengths(U"\n\u0301") == (Lengths{1, 1}));                       // nothing joins a control character
  CHECK(lengths(U"❤\uFE0F!") == (Lengths{2, 1}));                       // variation selector
  CHECK(lengths(U"1\uFE0F\u20E3") == (Lengths{3}));                     // keycap
  CHECK(lengths(U"👍🏽👍") == (Lengths{2, 1}));                         // skin tone
  CHECK(lengths(U"🇫🇮🇸🇪🇩") == (Lengths{2, 2, 1}));                       // flags are pairs
  CHECK(lengths(U"👩\u200D👩\u200D👧x") == (Lengths{5, 1}));            // joined family
  CHECK(lengths(U"🏴\U000E0067\U000E0062\U000E007F") == (Lengths{4}));  // tags
  CHECK(lengths(U"\u0928\u093F\u0928") == (Lengths{2, 1}));             // Devanagari vowel sign
  CHECK(lengths(U"\u1112\u1161\u11ABx") == (Lengths{3, 1}));            // Hangul by letters
  CHECK(lengths(U"\uAC00\u11A8\uAC01\u1161") == (Lengths{2, 1, 1}));
  CHECK(lengths(U"\u0915\u094D\u0937\u093Fx") == (Lengths{4, 1}));   // a conjunct and its vowel sign
  CHECK(lengths(U"\u0915\u094D\u200D\u0937") == (Lengths{4}));       // joined in spite of the joiner
  CHECK(lengths(U"\u0BA8\u0BCD\u0BA4") == (Lengths{2, 1}));          // Tamil has none
  CHECK(lengths(U"a\u094D\u0937") == (Lengths{2, 1}));               // a virama on no consonant
  CHECK(lengths(U"\u0E25\u0E33") == (Lengths{2}));                   // Thai sara am
  CHECK(lengths(U"\u0600\u0661\u0661") == (Lengths{2, 1}));          // Arabic number sign
  CHECK(lengths(U"\u200D\U0001F1EB\U0001F1EE") == (Lengths{1, 2}));  // a joiner before a flag
  CHECK(lengths(U"a\u200Db") == (Lengths{2, 1}));                    // a joiner joins no letters
}
