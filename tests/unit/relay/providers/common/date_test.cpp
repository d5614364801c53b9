#include "relay/providers/common/date.hpp"

#include <string_view>

#include <CppUTest/TestHarness.h>

using relay::providers::parse_date;

TEST_GROUP(Date){};

TEST(Date, httpAndMailDatesAreRead) {
  struct Case {
    std::string_view text;
    long long seconds;
  };
  const Case cases[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", 784'111'777},
      {"Sun, 06 Nov 1994 08:49:37 +0000", 784'111'777},
      {"Sun, 06 Nov 1994 09:49:37 +0100", 784'111'777},
      {"Sun, 06 Nov 1994 03:19:37 -0530", 784'111'777},
      {"06 Nov 1994 08:49:37 GMT", 784'111'777},
      {"Sun, 6 Nov 1994 08:49:37 GMT", 784'111'777},
      {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
      {"Thu, 29 Feb 2024 23:59:59 GMT", 1'709'251'199},
      {"Sat, 31 Dec 2016 23:59:60 GMT", 1'483'228'800},
  };
  for (const auto& c : cases) {
    const auto time = parse_date(c.text);
    CHECK_TEXT(time.has_value(), c.text.data());
    LONGLONGS_EQUAL_TEXT(c.seconds * 1000, relay::to_ms(*time), c.text.data());
  }
}

TEST(Date, anythingElseIsNotADate) {
  const std::string_view cases[] = {
      "",
      "GMT",
      "Sunday, 06-Nov-94 08:49:37 GMT",
      "Sun Nov  6 08:49:37 1994",
      "Sun, 06 Nov 1994 08:49:37",
      "Sun, 06 Nov 1994 08:49:37 GMT ",
      "Sun, 06 Nov 1994 08:49:37 +00",
      "Sun, 31 Feb 2024 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Foo 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT",
      "Sun, 06 Nov 1994 08:49:61 GMT",
      "Sun, 06 Nov 94 08:49:37 GMT",
      "784111777",
      "2026-01-02T03:04:05Z",
  };
  for (const auto text : cases) CHECK_FALSE_TEXT(parse_date(text).has_value(), text.data());
}
