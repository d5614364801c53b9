#include "firmware/modem/tpdu/coded_text.hpp"

#include <CppUTest/TestHarness.h>

#include "firmware/modem/tpdu/decode.hpp"
#include "firmware/modem/tpdu/reassembler.hpp"
#include "firmware/modem/tpdu/septets.hpp"
#include "firmware/modem/tpdu/submit.hpp"
#include "tests/fakes/virtual_runtime.hpp"

using namespace tpdu;
using relay::TextEncoding;

namespace {

std::string repeat(std::string_view text, int count) {
  std::string result;
  for (int i = 0; i < count; ++i) result += text;
  return result;
}

struct Choice {
  const char* text;
  int times;
  std::vector<Language> languages;
  TextEncoding encoding;
  ShiftTables shifts;
  std::size_t parts;
};

// Every part decoded, and the texts joined, as the recipient's telephone does it.
std::string read_back(const SubmitParts& sent) {
  std::vector<std::u32string> texts;
  for (const auto& part : sent.parts) {
    CHECK(part.length <= 164);
    const auto decoded = decode_hex(part.pdu, {.direction = Direction::from_mobile});
    CHECK(decoded.has_value());
    const UserData& data = std::get<Submit>(decoded->message).user_data;
    LONGS_EQUAL(sent.shifts.locking, data.header.locking_shift);
    LONGS_EQUAL(sent.shifts.single, data.header.single_shift);
    CHECK(data.header.concatenation.has_value() == (sent.parts.size() > 1));
    texts.push_back(*data.text);
  }
  return relay::encode_utf8(join_parts(texts));
}

}  // namespace

TEST_GROUP(CodedText){};

TEST(CodedText, nationalTablesAreTakenWhereTheySaveParts) {
  constexpr auto gsm7 = TextEncoding::gsm7;
  constexpr auto ucs2 = TextEncoding::ucs2;
  const Choice choices[] = {
      {"ş", 70, {Language::turkish}, ucs2, {}, 1},  // One part is one part: nothing to save.
      {"ş", 71, {}, ucs2, {}, 2},
      {"ş", 71, {Language::turkish}, gsm7, {.locking = 0, .single = 1}, 1},  // 142 septets beside 5
      {"ş", 77, {Language::turkish}, gsm7, {.locking = 0, .single = 1}, 1},  // 154
      {"ş", 78, {Language::turkish}, gsm7, {.locking = 1, .single = 0}, 1},
      {"ş", 155, {Language::turkish}, gsm7, {.locking = 1, .single = 0}, 1},
      {"ş", 156, {Language::turkish}, gsm7, {.locking = 1, .single = 0}, 2},
      {"a", 161, {Language::turkish}, gsm7, {}, 2},  // In the default alphabet already.
      {"ñáíú", 20, {Language::spanish}, gsm7, {.locking = 0, .single = 2}, 1},
      {"áíúãõ", 30, {Language::turkish, Language::portuguese}, gsm7, {.locking = 3, .single = 0}, 1},
      {"नमस्ते ", 20, {Language::hindi}, gsm7, {.locking = 6, .single = 0}, 1},
      {"नमस्ते € ", 15, {Language::hindi}, gsm7, {.locking = 6, .single = 0}, 1},
      {"سلام ", 30, {Language::urdu}, gsm7, {.locking = 13, .single = 0}, 1},
      {"я", 71, {Language::turkish, Language::hindi}, ucs2, {}, 2},
  };
  for (const auto& [text, times, languages, encoding, shifts, parts] : choices) {
    SubmitRequest request{.number = "+358401234567", .text = repeat(text, times), .smsc = {}};
    request.languages = languages;
    const auto sent = encode_submit(request);
    CHECK(sent.has_value());
    STRCMP_EQUAL_TEXT(relay::name_of(encoding).data(), relay::name_of(sent->encoding).data(), text);
    LONGS_EQUAL_TEXT(shifts.locking, sent->shifts.locking, text);
    LONGS_EQUAL_TEXT(shifts.single, sent->shifts.single, text);
    LONGS_EQUAL_TEXT(parts, sent->parts.size(), text);
    STRCMP_EQUAL(request.text.c_str(), read_back(*sent).c_str());
  }
}

TEST(CodedText, aHeaderKnownByHand) {
  // UDHL 3, IE 0x24 length 1 language 1; three fill bits; UDL counts 5 septets of header (23.040 clause 9.2.3.24).
  SubmitRequest request{.number = "+1", .text = "ş" + repeat("a", 100), .smsc = {}};
  request.languages = {Language::turkish};
  const auto sent = encode_submit(request);
  LONGS_EQUAL(1, sent->parts.size());
  // Septets 1B 73 61 ... from bit 35 on: 0x1B << 3, 0x73 << 2, and its highest bit with 0x61 << 1.
  STRCMP_CONTAINS("0041000191F100006B03240101D8CCC3", sent->parts.front().pdu.c_str());
}

TEST(CodedText, aWishedGsm7MayTakeATable) {
  const std::array languages{Language::turkish};
  const auto coded = code_text("ş", TextEncoding::gsm7, 8, languages);
  CHECK(coded.has_value());
  CHECK(coded->shifts == (ShiftTables{.locking = 0, .single = 1}));
  CHECK_FALSE(code_text("ş", TextEncoding::gsm7, 8, {}).has_value());
  CHECK(code_text("ş", TextEncoding::ucs2, 8, languages)->encoding == TextEncoding::ucs2);
}

TEST(CodedText, everyTableComesBack) {
  fakes::SeededRandom random(23038);
  for (int language = 1; language <= 13; ++language) {
    const NationalTable* const locking = locking_shift_table(language);
    const NationalTable* const single = single_shift_table(language);
    std::u32string pool;
    for (std::size_t code = 0; code < 128; ++code) {
      if (locking != nullptr) pool += static_cast<char32_t>((*locking)[code]);
      if ((*single)[code] != 0) pool += static_cast<char32_t>((*single)[code]);
    }
    if (locking == nullptr) pool += U"abc@ñ ";
    for (int round = 0; round < 50; ++round) {
      std::u32string text;
      for (auto length = 80 + random.below(600); length > 0; --length) text += pool[random.below(pool.size())];
      SubmitRequest request{.number = "+358401234567", .text = relay::encode_utf8(text), .smsc = {}};
      request.languages = {static_cast<Language>(language)};
      request.concat_ref_bits = random.below(2) == 0 ? 8 : 16;
      const auto sent = encode_submit(request);
      CHECK(sent.has_value());
      const auto wide = relay::split_sms_as(TextEncoding::ucs2, request.text, request.concat_ref_bits);
      CHECK(sent->parts.size() <= wide->parts.size());
      CHECK((sent->shifts != ShiftTables{}) == (sent->parts.size() < wide->parts.size()));
      STRCMP_EQUAL(request.text.c_str(), read_back(*sent).c_str());
    }
  }
}

TEST(CodedText, theDefaultTablesAreTheDefaultCoder) {
  const SeptetCoder coder({});
  for (char32_t character = 0; character < 0x2100; ++character) {
    const auto code = coder.encode(character);
    const auto expected = relay::gsm7::encode(character);
    LONGS_EQUAL(expected.count, code.count);
    LONGS_EQUAL(expected.code, code.code);
  }
}

TEST(CodedText, languagesHaveNames) {
  CHECK(parse_language("turkish") == Language::turkish);
  CHECK(parse_language("urdu") == Language::urdu);
  CHECK_FALSE(parse_language("klingon").has_value());
}
