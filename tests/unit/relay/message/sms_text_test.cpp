#include "relay/message/sms_text.hpp"

#include <numeric>

#include <CppUTest/TestHarness.h>

#include "relay/message/gsm7.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using relay::split_sms;
using relay::TextEncoding;

namespace {

std::string repeat(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

struct Expected {
  TextEncoding encoding;
  std::vector<int> units;  ///< of each part
};

void check_split(const std::string& text, const Expected& expected, int ref_bits = 8) {
  const auto parts = split_sms(text, ref_bits);
  CHECK(parts.has_value());
  CHECK(parts->encoding == expected.encoding);
  std::vector<int> units;
  std::u32string joined;
  for (const auto& part : parts->parts) {
    units.push_back(part.units);
    joined += part.text;
  }
  STRCMP_EQUAL(text.c_str(), relay::encode_utf8(joined).c_str());
  LONGS_EQUAL(expected.units.size(), units.size());
  for (std::size_t i = 0; i < units.size(); ++i) LONGS_EQUAL(expected.units[i], units[i]);
}

constexpr auto gsm7 = TextEncoding::gsm7;
constexpr auto ucs2 = TextEncoding::ucs2;

}  // namespace

TEST_GROUP(SmsText){};

TEST(SmsText, bordersOfGsm7) {
  check_split("", {gsm7, {0}});
  check_split("a", {gsm7, {1}});
  check_split(repeat("a", 160), {gsm7, {160}});
  check_split(repeat("a", 161), {gsm7, {153, 8}});
  check_split(repeat("a", 306), {gsm7, {153, 153}});
  check_split(repeat("a", 307), {gsm7, {153, 153, 1}});
  check_split(repeat("a", 304), {gsm7, {152, 152}}, 16);
  check_split(repeat("a", 305), {gsm7, {152, 152, 1}}, 16);
  check_split(repeat("a", 160), {gsm7, {160}}, 16);
}

TEST(SmsText, escapePairsCountTwoAndStayTogether) {
  check_split(repeat("€", 80), {gsm7, {160}});
  check_split(repeat("€", 80) + "a", {gsm7, {152, 9}});
  check_split(repeat("a", 159) + "€", {gsm7, {153, 8}});
  check_split(repeat("a", 152) + "€" + repeat("a", 10), {gsm7, {152, 12}});
  check_split(repeat("a", 151) + "€" + repeat("a", 10), {gsm7, {153, 10}});
  check_split(repeat("a", 151) + "€" + repeat("a", 10), {gsm7, {151, 12}}, 16);
  check_split(repeat("[", 160), {gsm7, {152, 152, 16}});
}

TEST(SmsText, bordersOfUcs2) {
  check_split("ç", {ucs2, {1}});
  check_split("ç" + repeat("a", 69), {ucs2, {70}});
  check_split("ç" + repeat("a", 70), {ucs2, {67, 4}});
  check_split(repeat("я", 134), {ucs2, {67, 67}});
  check_split(repeat("я", 135), {ucs2, {67, 67, 1}});
  check_split(repeat("я", 133), {ucs2, {66, 66, 1}}, 16);
  check_split(repeat("€", 10) + "я", {ucs2, {11}});  // in UCS-2 the euro is one unit
}

TEST(SmsText, surrogatePairsAndClustersStayTogether) {
  check_split(repeat("😀", 35), {ucs2, {70}});
  check_split(repeat("😀", 36), {ucs2, {66, 6}});
  check_split(repeat("😀", 67), {ucs2, {66, 66, 2}});
  check_split(repeat("😀", 67), {ucs2, {66, 66, 2}}, 16);
  check_split(repeat("a", 66) + "😀" + repeat("a", 9), {ucs2, {66, 11}});
  check_split(repeat("a", 65) + "👍🏽" + repeat("a", 9), {ucs2, {65, 13}});     // skin tone
  check_split(repeat("a", 65) + "🇫🇮" + repeat("a", 9), {ucs2, {65, 13}});       // flag
  check_split(repeat("a", 66) + "e\u0301" + repeat("a", 9), {ucs2, {66, 11}});  // accent
  check_split(repeat("a", 66) + "e" + repeat("a", 9) + "я", {ucs2, {67, 10}});
}

TEST(SmsText, aClusterLongerThanAPartIsSplitBetweenCharacters) {
  check_split("e" + repeat("\u0301", 100), {ucs2, {67, 34}});
  check_split("👩" + repeat("\u200D👩", 40), {ucs2, {66, 56}});
}

TEST(SmsText, refusesOver255Parts) {
  LONGS_EQUAL(255, split_sms(repeat("a", 255 * 153))->parts.size());
  CHECK(split_sms(repeat("a", 255 * 153 + 1)).error().code == relay::ErrorCode::invalid_argument);
  LONGS_EQUAL(255, split_sms(repeat("я", 255 * 66), 16)->parts.size());
  CHECK_FALSE(split_sms(repeat("я", 255 * 66 + 1), 16).has_value());
  CHECK_FALSE(split_sms("e" + repeat("\u0301", 255 * 67)).has_value());
}

TEST(SmsText, refusesWhatItCannotUse) {
  CHECK_FALSE(split_sms("\xFF").has_value());
  CHECK_FALSE(split_sms("a", 7).has_value());
  const auto forced = relay::split_sms_as(TextEncoding::gsm7, "caf\u00E9 \u00E7");
  CHECK_FALSE(forced.has_value());
  STRCMP_EQUAL("character 6 of the text (U+00E7) is not in the GSM 7 bit alphabet; send it as UCS-2",
               forced.error().message.c_str());
  STRCMP_CONTAINS("(U+01F600)", relay::split_sms_as(TextEncoding::gsm7, "😀").error().message.c_str());
  const auto wide = relay::split_sms_as(TextEncoding::ucs2, repeat("a", 71));
  LONGS_EQUAL(2, wide->parts.size());
}

TEST(SmsText, randomTextsAreWholeAndWithinTheLimits) {
  fakes::SeededRandom random(20261121);
  const std::u32string pool = U"abc €[]{}\r\n@Ωçя\u0301\u200D\uFE0F😀👍🏽🇫🇮한ᄒ\u1161";
  for (int round = 0; round < 3000; ++round) {
    std::u32string text;
    const std::size_t from = random.below(3) == 0 ? pool.size() : 15;  // often GSM-7 alone
    for (auto length = random.below(400); length > 0; --length) text += pool[random.below(from)];
    const int ref_bits = random.below(2) == 0 ? 8 : 16;
    const auto parts = split_sms(relay::encode_utf8(text), ref_bits);
    CHECK(parts.has_value());
    const bool is_gsm7 = parts->encoding == TextEncoding::gsm7;
    const auto& limits = is_gsm7 ? relay::gsm7_limits : relay::ucs2_limits;
    const int limit = parts->parts.size() == 1 ? limits.single : ref_bits == 8 ? limits.ref8 : limits.ref16;
    std::u32string joined;
    for (const auto& part : parts->parts) {
      const int units = std::accumulate(part.text.begin(), part.text.end(), 0, [&](int sum, char32_t c) {
        return sum + (is_gsm7 ? relay::gsm7::encode(c).count : c > 0xFFFF ? 2 : 1);
      });
      LONGS_EQUAL(units, part.units);
      CHECK(part.units <= limit);
      joined += part.text;
    }
    CHECK(joined == text);
  }
}
