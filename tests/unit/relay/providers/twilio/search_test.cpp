#include "relay/providers/twilio/search.hpp"

#include <CppUTest/TestHarness.h>

using namespace relay::providers::twilio;
using relay::Millis;
using relay::WallTime;

TEST_GROUP(TwilioSearch) {
  WallTime start = relay::from_ms<WallTime>(1'790'000'000'000);
  Search search{{"fire", "[repeat] fire"}, start, Millis{10'000}};

  Page page_with(std::string sid, std::string body, Millis after_start) const {
    return {.entries = {{.sid = std::move(sid), .body = std::move(body), .created_at = start + after_start}},
            .next_path = {}};
  }
};

TEST(TwilioSearch, textAndTimeMustBothFit) {
  struct Case {
    const char* body;
    Millis after_start;
    bool found;
  };
  const Case cases[] = {
      {"fire", Millis{0}, true},
      {"[repeat] fire", Millis{3000}, true},
      {"Sent from your Twilio trial account - fire", Millis{3000}, true},
      {"Fire", Millis{0}, false},
      {"fire ", Millis{0}, false},
      {"", Millis{0}, false},
      {"fire", Millis{-5000}, true},
      {"fire", Millis{-5001}, false},
      {"fire", Millis{15'000}, true},
      {"fire", Millis{15'001}, false},
  };
  for (const auto& c : cases) {
    Search fresh{{"fire", "[repeat] fire"}, start, Millis{10'000}};
    fresh.look_at(page_with("SM1", c.body, c.after_start), Millis{0});
    CHECK_EQUAL_TEXT(c.found, fresh.match().has_value(), c.body);
  }
}

TEST(TwilioSearch, theClosestCounts) {
  search.look_at(page_with("SM1", "fire", Millis{9000}), Millis{0});
  search.look_at(page_with("SM2", "fire", Millis{1000}), Millis{0});
  search.look_at(page_with("SM3", "fire", Millis{-2000}), Millis{0});
  STRCMP_EQUAL("SM2", search.match()->sid.c_str());
}

TEST(TwilioSearch, aWrongClockIsAllowedFor) {
  search.look_at(page_with("SM1", "fire", Millis{3'600'000}), Millis{3'600'000});
  CHECK(search.match().has_value());
}

TEST(TwilioSearch, theSameTextAtAnotherTimeIsNoMatchButSpoilsTheOppositeProof) {
  CHECK_FALSE(search.saw_text());
  search.look_at(page_with("SM1", "fire", Millis{-600'000}), Millis{0});
  CHECK_FALSE(search.match().has_value());
  CHECK(search.saw_text());
}

TEST(TwilioSearch, anEntryWithoutATimeIsNoMatch) {
  search.look_at({.entries = {{.sid = "SM1", .body = "fire"}}, .next_path = {}}, Millis{0});
  CHECK_FALSE(search.match().has_value());
  CHECK(search.saw_text());
}
