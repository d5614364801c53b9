#include "relay/crypto/encoding.hpp"

#include <array>
#include <utility>

#include <CppUTest/TestHarness.h>

using relay::crypto::base64;
using relay::crypto::from_base64;
using relay::crypto::from_hex;
using relay::crypto::hex;

TEST_GROUP(Encoding){};

// RFC 4648 section 10.
TEST(Encoding, base64GivesThePublishedValuesBothWays) {
  const std::array<std::pair<const char*, const char*>, 7> vectors{{{"", ""},
                                                                    {"f", "Zg=="},
                                                                    {"fo", "Zm8="},
                                                                    {"foo", "Zm9v"},
                                                                    {"foob", "Zm9vYg=="},
                                                                    {"fooba", "Zm9vYmE="},
                                                                    {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, coded] : vectors) {
    STRCMP_EQUAL(coded, base64(plain).c_str());
    CHECK(from_base64(coded) == std::string(plain));
  }
}

TEST(Encoding, everyByteSurvivesBothEncodings) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (std::size_t length = 0; length <= all.size(); ++length) {
    const std::string part = all.substr(all.size() - length);
    CHECK(from_base64(base64(part)) == part);
    CHECK(from_hex(hex(part)) == part);
  }
}

TEST(Encoding, wrongBase64IsRefused) {
  for (const char* wrong :
       {"Z", "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Zm 9", "Zm9v\n", "Z=g=", "Zm-_", "=Zg="}) {
    CHECK_FALSE_TEXT(from_base64(wrong).has_value(), wrong);
  }
}

TEST(Encoding, wrongHexIsRefused) {
  CHECK(from_hex("00fFaB") == std::string("\0\xff\xab", 3));
  for (const char* wrong : {"0", "0g", "0x", " 0"}) CHECK_FALSE_TEXT(from_hex(wrong).has_value(), wrong);
}
