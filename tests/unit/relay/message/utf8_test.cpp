#include <CppUTest/TestHarness.h>

#include "relay/message/sms_text.hpp"

using relay::decode_utf8;
using relay::encode_utf8;

TEST_GROUP(Utf8){};

TEST(Utf8, everyScalarComesBack) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const auto back = decode_utf8(encode_utf8({&c, 1}));
    CHECK(back && back->size() == 1 && (*back)[0] == c);
  }
}

TEST(Utf8, whatIsNoScalarBecomesTheReplacementCharacter) {
  for (const char32_t c : {char32_t{0xD800}, char32_t{0xDFFF}, char32_t{0x110000}, char32_t{0xFFFFFFFF}}) {
    STRCMP_EQUAL("\xEF\xBF\xBD", encode_utf8({&c, 1}).c_str());
  }
}

TEST(Utf8, isStrict) {
  struct Case {
    const char* bytes;
    const char* offset;
  };
  for (const auto& [bytes, offset] : {
           Case{"a\x80", "offset 1"},             // a continuation alone
           Case{"\xC0\x80", "offset 0"},          // overlong
           Case{"\xC1\xBF", "offset 0"},          //
           Case{"\xE0\x9F\xBF", "offset 0"},      //
           Case{"\xF0\x8F\xBF\xBF", "offset 0"},  //
           Case{"\xED\xA0\x80", "offset 0"},      // a surrogate
           Case{"\xED\xBF\xBF", "offset 0"},      //
           Case{"\xF4\x90\x80\x80", "offset 0"},  // above U+10FFFF
           Case{"\xF5\x80\x80\x80", "offset 0"},  //
           Case{"\xFF", "offset 0"},              //
           Case{"ab\xE2\x82", "offset 2"},        // cut
           Case{"ab\xE2\x82z", "offset 4"},       // a wrong continuation
           Case{"\xF0\x9F\x98", "offset 0"},      //
       }) {
    const auto text = decode_utf8(bytes);
    CHECK_FALSE(text.has_value());
    CHECK(text.error().code == relay::ErrorCode::invalid_argument);
    STRCMP_CONTAINS(offset, text.error().message.c_str());
  }
}
