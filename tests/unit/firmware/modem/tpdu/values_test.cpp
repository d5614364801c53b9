#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/tpdu/address.hpp"
#include "firmware/modem/tpdu/coding.hpp"
#include "firmware/modem/tpdu/delivery_status.hpp"
#include "firmware/modem/tpdu/hex.hpp"
#include "firmware/modem/tpdu/timestamp.hpp"
#include "firmware/modem/tpdu/validity.hpp"
#include "relay/message/sms_text.hpp"

using namespace tpdu;
using Octets = std::vector<std::uint8_t>;

TEST_GROUP(TpduValues){};

TEST(TpduValues, everyDataCodingScheme) {
  struct Range {
    int first;
    int last;
    const char* name;
    int message_class;  ///< of `first`; -1 none
    int step;           ///< 1: the class counts with the code
  };
  const Range ranges[] = {
      {0x00, 0x03, "gsm7", -1, 0},
      {0x04, 0x07, "8bit", -1, 0},
      {0x08, 0x0B, "ucs2", -1, 0},
      {0x0C, 0x0F, "gsm7", -1, 0},
      {0x10, 0x13, "gsm7", 0, 1},
      {0x14, 0x17, "8bit", 0, 1},
      {0x18, 0x1B, "ucs2", 0, 1},
      {0x1C, 0x1F, "gsm7", 0, 1},
      {0x20, 0x23, "gsm7-compressed", -1, 0},
      {0x24, 0x27, "8bit-compressed", -1, 0},
      {0x28, 0x2B, "ucs2-compressed", -1, 0},
      {0x2C, 0x2F, "gsm7-compressed", -1, 0},
      {0x30, 0x33, "gsm7-compressed", 0, 1},
      {0x34, 0x37, "8bit-compressed", 0, 1},
      {0x38, 0x3B, "ucs2-compressed", 0, 1},
      {0x3C, 0x3F, "gsm7-compressed", 0, 1},
      {0x80, 0xDF, "gsm7", -1, 0},
      {0xE0, 0xEF, "ucs2", -1, 0},
      {0xF0, 0xF3, "gsm7", 0, 1},
      {0xF4, 0xF7, "8bit", 0, 1},
      {0xF8, 0xFB, "gsm7", 0, 1},
      {0xFC, 0xFF, "8bit", 0, 1},
  };
  int seen = 0;
  for (const auto& range : ranges) {
    for (int dcs = range.first; dcs <= range.last; ++dcs) {
      const int expected = range.message_class < 0 ? -1 : range.message_class + (dcs - range.first) * range.step;
      const int automatic_deletion = dcs < 0x40 ? 0x40 : 0;  // group 01xx: the same, deleted after reading
      for (const int code : {dcs, dcs + automatic_deletion}) {
        const DataCoding coding = decode_coding(static_cast<std::uint8_t>(code));
        STRCMP_EQUAL(range.name, name_of(coding).c_str());
        LONGS_EQUAL(expected, coding.message_class.value_or(-1));
      }
      seen += automatic_deletion == 0 ? 1 : 2;
    }
  }
  LONGS_EQUAL(256, seen);
}

TEST(TpduValues, codingGoesOutInTheGeneralGroup) {
  LONGS_EQUAL(0x00, encode_coding(Alphabet::gsm7, std::nullopt));
  LONGS_EQUAL(0x04, encode_coding(Alphabet::octets, std::nullopt));
  LONGS_EQUAL(0x08, encode_coding(Alphabet::ucs2, std::nullopt));
  for (int message_class = 0; message_class <= 3; ++message_class) {
    LONGS_EQUAL(0x10 + message_class, encode_coding(Alphabet::gsm7, message_class));
    LONGS_EQUAL(0x18 + message_class, encode_coding(Alphabet::ucs2, message_class));
  }
}

TEST(TpduValues, everyStatus) {
  for (int status = 0; status < 256; ++status) {
    auto expected = relay::ReceiptStatus::unknown;
    if (status < 0x03) expected = relay::ReceiptStatus::delivered;
    if (status >= 0x20 && status < 0x40) expected = relay::ReceiptStatus::pending;
    if (status >= 0x40 && status < 0x80) expected = relay::ReceiptStatus::failed;
    CHECK(outcome_of(static_cast<std::uint8_t>(status)) == expected);
    CHECK(may_retry(static_cast<std::uint8_t>(status)) == (status >= 0x60 && status < 0x80));
    CHECK_FALSE(describe_status(static_cast<std::uint8_t>(status)).empty());
  }
  CHECK(describe_status(0x46) == "validity period expired");
  CHECK(describe_status(0x22) == describe_status(0x62));
}

TEST(TpduValues, everyRelativeValidity) {
  std::int64_t before = 0;
  for (int octet = 0; octet < 256; ++octet) {
    const std::int64_t minutes = relative_minutes(static_cast<std::uint8_t>(octet));
    CHECK(minutes > before);
    LONGS_EQUAL(octet, relative_octet(minutes));
    LONGS_EQUAL(octet, relative_octet(before + 1));  // rounded up
    before = minutes;
  }
  struct Known {
    int octet;
    std::int64_t minutes;
  };
  for (const auto& [octet, minutes] :
       {Known{0, 5}, Known{143, 720}, Known{144, 750}, Known{167, 1440}, Known{168, 2880}, Known{196, 43200},
        Known{197, 50400}, Known{255, max_relative_minutes}}) {
    LONGS_EQUAL(minutes, relative_minutes(static_cast<std::uint8_t>(octet)));
  }
  LONGS_EQUAL(0, relative_octet(-1));
  LONGS_EQUAL(255, relative_octet(INT64_MAX));
}

TEST(TpduValues, enhancedValidity) {
  const auto seconds = [](std::array<std::uint8_t, 7> octets) { return decode_enhanced(octets).seconds.value_or(-1); };
  LONGS_EQUAL(-1, seconds({0}));
  LONGS_EQUAL(3600, seconds({1, 11}));
  LONGS_EQUAL(255, seconds({2, 255}));
  LONGS_EQUAL(-1, seconds({2, 0}));  // reserved
  LONGS_EQUAL(5025, seconds({3, 0x10, 0x32, 0x54}));
  LONGS_EQUAL(-1, seconds({3, 0xAA, 0x32, 0x54}));
  LONGS_EQUAL(-1, seconds({4, 1, 2, 3}));
  LONGS_EQUAL(7, seconds({0x82, 0x00, 7}));  // extended by one octet
  LONGS_EQUAL(-1, seconds({0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}));
  LONGS_EQUAL(-1, seconds({0x83, 0x80, 0x80, 0x80, 0x00, 0x10, 0x20}));  // no room for three octets
  CHECK(decode_enhanced(std::array<std::uint8_t, 7>{0x42, 1}).single_shot);
}

TEST(TpduValues, timestamps) {
  const auto read = [](std::array<std::uint8_t, 7> octets) {
    const auto time = decode_timestamp(octets);
    return time ? to_text(*time) : std::string("none");
  };
  STRCMP_EQUAL("2011-02-28T11:50:50-05:00", read({0x11, 0x20, 0x82, 0x11, 0x05, 0x05, 0x0A}).c_str());
  STRCMP_EQUAL("1999-12-31T23:59:59+05:45", read({0x99, 0x21, 0x13, 0x32, 0x95, 0x95, 0x32}).c_str());
  STRCMP_EQUAL("2089-01-01T00:00:00+00:00", read({0x98, 0x10, 0x10, 0, 0, 0, 0}).c_str());
  STRCMP_EQUAL("1990-01-01T00:00:00-19:45", read({0x09, 0x10, 0x10, 0, 0, 0, 0x9F}).c_str());
  STRCMP_EQUAL("none", read({0, 0, 0, 0, 0, 0, 0}).c_str());
  STRCMP_EQUAL("none", read({0x62, 0x20, 0x92, 0, 0, 0, 0}).c_str());  // 29 February 2026
  STRCMP_EQUAL("none", read({0x62, 0x10, 0x10, 0, 0, 0, 0xA1}).c_str());
  const auto wall = to_wall(*decode_timestamp(std::array<std::uint8_t, 7>{0x11, 0x20, 0x82, 0x11, 0x05, 0x05, 0x0A}));
  CHECK(relay::to_ms(wall) == 1'298'911'850'000);  // date -d 2011-02-28T11:50:50-05:00 +%s
}

TEST(TpduValues, addressesGoOutAndComeBack) {
  for (const std::string number : {"+1", "+358401234567", "12345", "*100#", "0", "+12345678901234567890", "123456"}) {
    const auto octets = encode_address(number);
    CHECK(octets.has_value());
    LONGS_EQUAL(number[0] == '+' ? 0x91 : 0x81, (*octets)[1]);
    const Address back = decode_address((*octets)[1], (*octets)[0], std::span(*octets).subspan(2));
    STRCMP_EQUAL(number.c_str(), back.number.c_str());
    const auto smsc = encode_smsc(number);
    LONGS_EQUAL(smsc->size() - 1, (*smsc)[0]);
  }
  CHECK(*encode_smsc("") == Octets{0});
  for (const char* number :
       {"", "+", "++1", "+1*", "abc", "12 34", "1+2", "123456789012345678901", "+123456789012345678901"}) {
    CHECK_FALSE(encode_address(number).has_value());
    CHECK(*number == '\0' || !encode_smsc(number).has_value());
  }
}

TEST(TpduValues, addressesThatSendersGetWrong) {
  const Octets digits{0x21, 0x43, 0xF5};
  STRCMP_EQUAL("+12345", decode_address(0x91, 6, digits).number.c_str());  // the filler counted as a digit
  STRCMP_EQUAL("+1234", decode_address(0x91, 4, digits).number.c_str());
  STRCMP_EQUAL("+12345", decode_address(0x91, 200, digits).number.c_str());
  STRCMP_EQUAL("", decode_address(0x91, 0, {}).number.c_str());
  STRCMP_EQUAL("", decode_address(0x91, -5, digits).number.c_str());
  CHECK(decode_address(0xF1, 1, digits).type == NumberType::unknown);  // reserved types
  CHECK(name_of(NumberType::abbreviated) == "abbreviated");
}

TEST(TpduValues, alphanumericAddressesHaveTheCharactersThatFit) {
  const Octets octets{0xC1, 0x60, 0x30, 0x18, 0x0C, 0x06, 0x03};  // A, then @ and others
  const auto length = [&octets](int digits) {
    const Address address = decode_address(0xD0, digits, octets);
    CHECK(address.type == NumberType::alphanumeric);
    return relay::decode_utf8(address.number)->size();
  };
  const std::size_t expected[] = {0, 0, 1, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8};  // floor(digits x 4 / 7)
  for (int digits = 0; digits <= 14; ++digits) LONGS_EQUAL(expected[digits], length(digits));
}

TEST(TpduValues, hexadecimal) {
  CHECK(*from_hex("00fFA5") == (Octets{0x00, 0xFF, 0xA5}));
  CHECK(from_hex("")->empty());
  STRCMP_EQUAL("00FFA5", to_hex(Octets{0x00, 0xFF, 0xA5}).c_str());
  STRCMP_EQUAL("00ffa5", to_hex(Octets{0x00, 0xFF, 0xA5}, HexCase::lower).c_str());
  CHECK_FALSE(from_hex("0").has_value());
  STRCMP_CONTAINS("position 3", from_hex("00g0").error().message.c_str());
  STRCMP_CONTAINS("position 4", from_hex("000 ").error().message.c_str());
}
