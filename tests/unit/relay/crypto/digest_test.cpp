#include "relay/crypto/digest.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/crypto/encoding.hpp"

using relay::crypto::constant_time_equal;
using relay::crypto::hex;
using relay::crypto::hmac_sha1;
using relay::crypto::hmac_sha256;
using relay::crypto::sha256;

TEST_GROUP(Digest){};

// FIPS 180-4 examples.
TEST(Digest, sha256GivesThePublishedValues) {
  STRCMP_EQUAL("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", hex(sha256("")).c_str());
  STRCMP_EQUAL("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hex(sha256("abc")).c_str());
}

// RFC 4231, test cases 1, 2 and 6 (key longer than a block).
TEST(Digest, hmacSha256GivesThePublishedValues) {
  STRCMP_EQUAL("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
               hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")).c_str());
  STRCMP_EQUAL("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
               hex(hmac_sha256("Jefe", "what do ya want for nothing?")).c_str());
  STRCMP_EQUAL(
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")).c_str());
}

// RFC 2202, test cases 1 and 2.
TEST(Digest, hmacSha1GivesThePublishedValues) {
  STRCMP_EQUAL("b617318655057264e28bc0b6fb378c8ef146be00", hex(hmac_sha1(std::string(20, '\x0b'), "Hi There")).c_str());
  STRCMP_EQUAL("effcdf6ae5eb2fa2d27416d5f184df9c259a7c79",
               hex(hmac_sha1("Jefe", "what do ya want for nothing?")).c_str());
}

TEST(Digest, aDigestIsAKeyForTheNext) {
  STRCMP_EQUAL(hex(hmac_sha256(hmac_sha256("k", "date"), "region")).c_str(),
               hex(hmac_sha256(std::span<const std::byte>(hmac_sha256("k", "date")), "region")).c_str());
}

TEST(Digest, equalityLooksAtEveryByteAndTheLength) {
  CHECK(constant_time_equal("", ""));
  CHECK(constant_time_equal("secret", std::string("secret")));
  CHECK_FALSE(constant_time_equal("secret", "Secret"));
  CHECK_FALSE(constant_time_equal("secret", "secreT"));
  CHECK_FALSE(constant_time_equal("secret", "secre"));
  CHECK_FALSE(constant_time_equal("", "s"));
}
