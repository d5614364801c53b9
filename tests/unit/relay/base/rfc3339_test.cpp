#include "relay/base/rfc3339.hpp"

#include <CppUTest/TestHarness.h>

using relay::format_rfc3339;
using relay::parse_rfc3339;

TEST_GROUP(Rfc3339){};

TEST(Rfc3339, formatsInUtcWithMilliseconds) {
  STRCMP_EQUAL("2026-01-02T03:04:05.006Z", format_rfc3339(relay::from_ms<relay::WallTime>(1'767'323'045'006)).c_str());
  STRCMP_EQUAL("1970-01-01T00:00:00.000Z", format_rfc3339(relay::WallTime{}).c_str());
}

TEST(Rfc3339, readsOffsetsFractionsAndLowerCase) {
  struct Row {
    const char* text;
    std::int64_t ms;
  };
  const Row rows[] = {
      {"2026-01-02T03:04:05Z", 1'767'323'045'000},        {"2026-01-02T05:04:05+02:00", 1'767'323'045'000},
      {"2026-01-01T21:34:05.5-05:30", 1'767'323'045'500}, {"2026-01-02t03:04:05.123456789z", 1'767'323'045'123},
      {"2026-01-02 03:04:05Z", 1'767'323'045'000},        {"2038-01-19T03:14:08Z", 2'147'483'648'000},
      {"2016-12-31T23:59:60Z", 1'483'228'800'000}};
  for (const auto& row : rows) {
    const auto parsed = parse_rfc3339(row.text);
    CHECK_TEXT(parsed.has_value(), row.text);
    CHECK_EQUAL_TEXT(row.ms, relay::to_ms(*parsed), row.text);
  }
}

TEST(Rfc3339, refusesEverythingElse) {
  for (const char* text :
       {"", "2026", "2026-01-02", "2026-13-02T03:04:05Z", "2026-02-29T03:04:05Z", "2026-01-02T24:00:00Z",
        "2026-01-02T03:04:05", "2026-01-02T03:04:05+0200", "2026-01-02T03:04:05Zx", "2026-01-02T03:04:05.Z",
        "1969-12-31T23:59:59Z", "+026-01-02T03:04:05Z"}) {
    CHECK_FALSE_TEXT(parse_rfc3339(text).has_value(), text);
  }
}
