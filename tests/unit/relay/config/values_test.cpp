#include "relay/config/values.hpp"

#include <CppUTest/TestHarness.h>

using relay::Millis;
using relay::config::format_bytes;
using relay::config::format_duration;
using relay::config::parse_bytes;
using relay::config::parse_duration;

TEST_GROUP(Values){};

TEST(Values, durationsHaveAUnit) {
  CHECK_TRUE(parse_duration("250ms") == Millis{250});
  CHECK_TRUE(parse_duration("30s") == Millis{30'000});
  CHECK_TRUE(parse_duration("5m") == Millis{300'000});
  CHECK_TRUE(parse_duration("4h") == Millis{14'400'000});
  CHECK_TRUE(parse_duration("2d") == Millis{172'800'000});
  CHECK_TRUE(parse_duration("0s") == Millis{0});
  for (const char* bad : {"", "s", "30", "-1s", "+1s", "1.5s", " 1s", "1s ", "1 s", "1S", "1w", "9223372036854775807d",
                          "99999999999999999999s"}) {
    CHECK_FALSE_TEXT(parse_duration(bad).has_value(), bad);
  }
}

TEST(Values, durationsAreWrittenWithTheLargestUnitThatFits) {
  STRCMP_EQUAL("0s", format_duration(Millis{0}).c_str());
  STRCMP_EQUAL("250ms", format_duration(Millis{250}).c_str());
  STRCMP_EQUAL("90s", format_duration(Millis{90'000}).c_str());
  STRCMP_EQUAL("2m", format_duration(Millis{120'000}).c_str());
  STRCMP_EQUAL("4h", format_duration(Millis{14'400'000}).c_str());
  STRCMP_EQUAL("1d", format_duration(Millis{86'400'000}).c_str());
}

TEST(Values, sizesCountInUnitsOf1024) {
  LONGS_EQUAL(4096, *parse_bytes("4096"));
  LONGS_EQUAL(10, *parse_bytes("10B"));
  LONGS_EQUAL(65536, *parse_bytes("64KiB"));
  LONGS_EQUAL(209'715'200, *parse_bytes("200MiB"));
  LONGLONGS_EQUAL(2147483648LL, *parse_bytes("2GiB"));
  for (const char* bad : {"", "-1", "64K", "64KB", "KiB", "1.5MiB", "9223372036854775807KiB"})
    CHECK_FALSE_TEXT(parse_bytes(bad).has_value(), bad);
  STRCMP_EQUAL("64KiB", format_bytes(65536).c_str());
  STRCMP_EQUAL("1000B", format_bytes(1000).c_str());
  STRCMP_EQUAL("0B", format_bytes(0).c_str());
}
