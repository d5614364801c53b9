#include "relay/log/rate_limit.hpp"

#include <CppUTest/TestHarness.h>

using relay::Millis;
using relay::SteadyTime;
using relay::log::RateLimit;

TEST_GROUP(RateLimit) {
  RateLimit limit{2};
  SteadyTime start{Millis{1000}};
};

TEST(RateLimit, admitsTheBurstAndCountsTheRest) {
  CHECK_TRUE(limit.admit("a", start));
  CHECK_TRUE(limit.admit("a", start + Millis{9'999}));
  CHECK_FALSE(limit.admit("a", start + Millis{9'999}));
  CHECK_FALSE(limit.admit("a", start + Millis{9'999}));
  CHECK_TRUE(limit.take_suppressed(start + Millis{9'999}).empty());
  const auto told = limit.take_suppressed(start + Millis{10'000});
  LONGS_EQUAL(1, told.size());
  STRCMP_EQUAL("a", told[0].event.c_str());
  LONGS_EQUAL(2, told[0].count);
  CHECK_TRUE(limit.take_suppressed(start + Millis{20'000}).empty());
}

TEST(RateLimit, aNewWindowIsANewBurst) {
  for (int i = 0; i < 5; ++i) (void)limit.admit("a", start);
  CHECK_TRUE(limit.admit("a", start + Millis{10'000}));
}

TEST(RateLimit, dropsSurviveTheNextWindowUntilTheyAreTold) {
  for (int i = 0; i < 5; ++i) (void)limit.admit("a", start);
  (void)limit.admit("a", start + Millis{10'000});
  const auto told = limit.take_suppressed(start + Millis{20'000});
  LONGS_EQUAL(1, told.size());
  LONGS_EQUAL(3, told[0].count);
}

TEST(RateLimit, oneEventsStormLeavesTheOthersAlone) {
  for (int i = 0; i < 100; ++i) (void)limit.admit("storm", start);
  CHECK_TRUE(limit.admit("quiet", start));
  const auto told = limit.take_all_suppressed();
  LONGS_EQUAL(1, told.size());
  LONGS_EQUAL(98, told[0].count);
}

TEST(RateLimit, eventsAreBounded) {
  for (std::size_t i = 0; i < RateLimit::max_events; ++i) CHECK_TRUE(limit.admit("event" + std::to_string(i), start));
  CHECK_TRUE(limit.admit("one more", start));
  CHECK_TRUE(limit.admit("and more", start));
  CHECK_FALSE(limit.admit("too many", start));
  STRCMP_EQUAL("other", limit.take_all_suppressed().at(0).event.c_str());
}
