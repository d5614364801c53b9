#include "relay/admission/number.hpp"

#include <CppUTest/TestHarness.h>

using relay::admission::normalise_number;
using relay::admission::normalise_sender;

TEST_GROUP(Number){};

TEST(Number, separatorsGoAndTheFormIsE164) {
  for (const char* text : {"+358401234567", "+358 (40) 123-4567", " +358.40.123/4567 "}) {
    const auto number = normalise_number(text);
    CHECK_TEXT(number.has_value(), text);
    STRCMP_EQUAL("+358401234567", number->c_str());
  }
  CHECK_TRUE(normalise_number("+1234567").has_value());          // 7 digits
  CHECK_TRUE(normalise_number("+123456789012345").has_value());  // 15
}

TEST(Number, whatIsNoInternationalNumberIsRefusedWithoutAGuess) {
  for (const char* text : {"", "+", "0401234567", "358401234567", "00358401234567", "+0401234567", "+123456",
                           "+1234567890123456", "+35840123456a", "+358+401234567", "++358401234567", "3+58401234567",
                           "+358401234567\n", "+358;401234567", "tel:+358401234567",
                           "\xEF\xBC\x8B"
                           "358401234567"}) {
    CHECK_TEXT(!normalise_number(text).has_value(), text);
  }
}

TEST(Number, aSenderIsANumberAShortCodeOrAName) {
  for (const char* text : {"+358401234567", "123", "12345678", "Water Works", "A", "edge-relay", "12345678901"}) {
    const bool expected = std::string_view{text} != "12345678901";
    CHECK_TEXT(normalise_sender(text).has_value() == expected, text);
  }
  for (const char* text : {"", "12", "123456789", "twelve chars", "a_b", "\xC3\xA4iti", "-", " "}) {
    CHECK_TEXT(!normalise_sender(text).has_value(), text);
  }
}
