#include "relay/message/gsm7.hpp"

#include <map>

#include <CppUTest/TestHarness.h>

namespace gsm7 = relay::gsm7;

TEST_GROUP(Gsm7){};

TEST(Gsm7, everyCodeOfTheDefaultAlphabetComesBack) {
  std::map<char32_t, int> seen;
  for (int code = 0; code < 128; ++code) {
    if (code == gsm7::escape) continue;
    const char32_t character = gsm7::decode(static_cast<std::uint8_t>(code));
    const auto septets = gsm7::encode(character);
    LONGS_EQUAL(1, septets.count);
    LONGS_EQUAL(code, septets.code);
    LONGS_EQUAL(1, ++seen[character]);
  }
}

TEST(Gsm7, codesThatPublicTablesGetWrong) {
  CHECK(gsm7::decode(0x09) == U'Ç');  // the capital
  LONGS_EQUAL(0, gsm7::encode(U'ç').count);
  CHECK(gsm7::decode(0x10) == U'Δ');
  CHECK(gsm7::decode(0x11) == U'_');
  CHECK(gsm7::decode(0x15) == U'Ω');
  CHECK(gsm7::decode(0x24) == U'¤');
  CHECK(gsm7::decode(0x40) == U'¡');
  CHECK(gsm7::decode(0x5F) == U'§');
  CHECK(gsm7::decode(0x60) == U'¿');
  CHECK(gsm7::decode(gsm7::escape) == U' ');
}

TEST(Gsm7, extensionTable) {
  const std::map<int, char32_t> table{{0x0A, U'\f'}, {0x14, U'^'}, {0x28, U'{'}, {0x29, U'}'}, {0x2F, U'\\'},
                                      {0x3C, U'['},  {0x3D, U'~'}, {0x3E, U']'}, {0x40, U'|'}, {0x65, U'€'}};
  for (int code = 0; code < 128; ++code) {
    const auto expected = table.find(code);
    const char32_t character = gsm7::decode_extension(static_cast<std::uint8_t>(code));
    CHECK(character == (expected == table.end() ? 0 : expected->second));
    if (character == 0) continue;
    LONGS_EQUAL(2, gsm7::encode(character).count);
    LONGS_EQUAL(code, gsm7::encode(character).code);
  }
}

TEST(Gsm7, has137CharactersOfUnicode) {
  int characters = 0;
  for (char32_t c = 0; c <= 0x10FFFF; ++c) characters += gsm7::encode(c).count > 0 ? 1 : 0;
  LONGS_EQUAL(127 + 10, characters);
  for (const char32_t c : {U'`', U'á', U'“', U'–', U'\t', U'\x1b', U'Α', U'\u00A0'})
    LONGS_EQUAL(0, gsm7::encode(c).count);
}
