#include "firmware/uplink/judge.hpp"

#include <CppUTest/TestHarness.h>

using firmware::uplink::Judge;
using relay::Millis;
using relay::SteadyTime;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_GROUP(UplinkJudge) {
  Judge judge{{}};
  SteadyTime now{Millis{1'000'000}};

  bool round(bool reached) { return judge.round(reached, now += seconds{1}); }
  int rounds_until_up() {
    int rounds = 1;
    while (!round(true)) ++rounds;
    return rounds;
  }
  void goes_down() {
    CHECK_FALSE(round(false));
    CHECK_TRUE(round(false));
  }
};

TEST(UplinkJudge, isUpUntilProvenDown) {
  CHECK_TRUE(judge.up());
  CHECK_FALSE(round(true));
  CHECK(judge.pause() == seconds{10});
}

TEST(UplinkJudge, oneLostRoundIsADoubtASecondOneTheVerdict) {
  CHECK_FALSE(round(false));
  CHECK_TRUE(judge.up());
  CHECK(judge.pause() == seconds{1});
  CHECK_FALSE(round(true));  // a false alarm
  CHECK(judge.pause() == seconds{10});
  goes_down();
  CHECK_FALSE(judge.up());
  CHECK_FALSE(round(false));
}

TEST(UplinkJudge, threeGoodRoundsInARowMakeItUpAgain) {
  goes_down();
  CHECK_FALSE(round(true));
  CHECK_FALSE(round(true));
  CHECK_FALSE(round(false));  // not in a row
  CHECK_EQUAL(3, rounds_until_up());
  CHECK_TRUE(judge.up());
}

TEST(UplinkJudge, theMoreItFlapsTheSlowerItIsBelieved) {
  for (const int expected : {3, 6, 12, 24, 24}) {
    goes_down();
    CHECK_EQUAL(expected, rounds_until_up());
  }
  now += minutes{11};  // peace
  goes_down();
  CHECK_EQUAL(3, rounds_until_up());
}
