#include "relay/crypto/seal.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/crypto/encoding.hpp"

using namespace relay::crypto;

namespace {

template <class Array>
Array bytes(std::string_view hex_digits) {
  const auto raw = from_hex(hex_digits).value();
  Array out{};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(raw.at(i));
  return out;
}

}  // namespace

TEST_GROUP(Seal) {
  SealKey key = bytes<SealKey>("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  SealNonce nonce = bytes<SealNonce>("cafebabefacedbaddecaf888");
};

// Test case 16 of McGrew and Viega, "The Galois/Counter Mode of Operation".
TEST(Seal, theStandardsVector) {
  const auto plain =
      from_hex(
          "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b5"
          "25b16aedf5aa0de657ba637b39")
          .value();
  const auto context = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2").value();
  const auto sealed = seal(key, plain, context, nonce);
  STRCMP_EQUAL(
      "cafebabefacedbaddecaf888522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b10"
      "56828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b",
      hex(sealed).c_str());
  CHECK(open_sealed(key, sealed, context) == plain);
}

TEST(Seal, eachBitThatIsChangedIsNoticed) {
  const auto sealed = seal(key, "the auth token", "tenant/1/twilio", nonce);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    CHECK_FALSE(open_sealed(key, changed, "tenant/1/twilio").has_value());
    CHECK_FALSE(open_sealed(key, sealed.substr(0, i), "tenant/1/twilio").has_value());
  }
  CHECK_FALSE(open_sealed(key, sealed, "tenant/2/twilio").has_value());
  key[0] ^= std::byte{1};
  CHECK_FALSE(open_sealed(key, sealed, "tenant/1/twilio").has_value());
}
