#include "relay/chain/breaker.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace relay;
using namespace relay::chain;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

SteadyTime at(Millis since_start) { return SteadyTime{Millis{10'000'000}} + since_start; }

}  // namespace

TEST_GROUP(Breaker) {
  Breaker breaker{BreakerSettings{}};

  bool attempt(Outcome outcome, Millis when) { return breaker.end(breaker.begin(at(when)), outcome, at(when)); }
  void open_at(Millis when) {
    for (int i = 0; i < 5; ++i) attempt(Outcome::unavailable, when);
    CHECK(breaker.state(at(when)) == BreakerState::open);
  }
  void close_by_probe_at(Millis when) {
    CHECK_TRUE(breaker.lets_through(at(when)));
    CHECK_TRUE(attempt(Outcome::accepted, when));
    CHECK(breaker.state(at(when)) == BreakerState::closed);
  }
};

TEST(Breaker, opensAtTheFifthFailureInARowAndSaysSoOnce) {
  for (int i = 0; i < 4; ++i) CHECK_FALSE(attempt(i % 2 == 0 ? Outcome::unavailable : Outcome::unknown, Millis{i}));
  CHECK(breaker.state(at(Millis{4})) == BreakerState::closed);
  CHECK_TRUE(breaker.lets_through(at(Millis{4})));
  CHECK_TRUE(attempt(Outcome::unavailable, Millis{5}));
  CHECK(breaker.state(at(Millis{5})) == BreakerState::open);
  CHECK_FALSE(breaker.lets_through(at(Millis{5})));
}

TEST(Breaker, aSuccessStartsTheRowAnew) {
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 4; ++i) CHECK_FALSE(attempt(Outcome::unavailable, seconds{round}));
    CHECK_FALSE(attempt(Outcome::accepted, seconds{round}));
    if (round == 1) break;
  }
  LONGS_EQUAL(0, breaker.failure_count());
  CHECK(breaker.state(at(seconds{9})) == BreakerState::closed);
}

TEST(Breaker, opensWhenHalfOfTheLastTwentyFailed) {
  // f s f s ...: never two in a row; with the 20th attempt the window is full and holds 10 failures.
  for (int i = 0; i < 18; ++i) CHECK_FALSE(attempt(i % 2 == 0 ? Outcome::unavailable : Outcome::accepted, seconds{i}));
  CHECK_FALSE(attempt(Outcome::accepted, seconds{18}));
  CHECK_TRUE(attempt(Outcome::unavailable, seconds{19}));
}

TEST(Breaker, theWindowForgetsWhatIsOlderThanTwentyAttempts) {
  for (int i = 0; i < 9; ++i) {
    CHECK_FALSE(attempt(Outcome::unavailable, seconds{i}));
    CHECK_FALSE(attempt(Outcome::accepted, seconds{i}));
  }
  for (int i = 0; i < 20; ++i) CHECK_FALSE(attempt(Outcome::accepted, seconds{20}));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(attempt(Outcome::unavailable, seconds{30}));
  CHECK(breaker.state(at(seconds{30})) == BreakerState::closed);
}

TEST(Breaker, aFailureOfTheRecipientOrTheMessageNeverOpensIt) {
  for (int i = 0; i < 1000; ++i) {
    CHECK_FALSE(attempt(i % 2 == 0 ? Outcome::recipient_refused : Outcome::refused, seconds{i}));
  }
  LONGS_EQUAL(0, breaker.failure_count());
}

TEST(Breaker, throttlingSaysNothing) {
  for (int i = 0; i < 4; ++i) attempt(Outcome::unavailable, seconds{i});
  for (int i = 0; i < 100; ++i) CHECK_FALSE(attempt(Outcome::throttled, seconds{i}));
  LONGS_EQUAL(4, breaker.failure_count());  // neither worse nor better
  CHECK_TRUE(attempt(Outcome::unavailable, seconds{101}));
}

TEST(Breaker, troubleWithTheAccountOpensAtOnce) {
  CHECK_TRUE(attempt(Outcome::account, Millis{0}));
  CHECK(breaker.state(at(Millis{0})) == BreakerState::open);
  CHECK(breaker.probe_at() == at(minutes{1}));
}

TEST(Breaker, letsOneProbeThroughPerInterval) {
  open_at(Millis{0});
  CHECK_FALSE(breaker.lets_through(at(Millis{59'999})));
  CHECK_TRUE(breaker.lets_through(at(minutes{1})));
  CHECK(breaker.state(at(minutes{1})) == BreakerState::half_open);
  CHECK_TRUE(breaker.begin(at(minutes{1})));
  for (int s = 0; s < 600; ++s) CHECK_FALSE(breaker.lets_through(at(minutes{1} + seconds{s})));  // it has not ended
  CHECK(breaker.state(at(minutes{1})) == BreakerState::half_open);
}

TEST(Breaker, aFailedProbeWaitsAWholeInterval) {
  open_at(Millis{0});
  CHECK_FALSE(attempt(Outcome::unknown, minutes{1}));
  CHECK(breaker.state(at(minutes{1})) == BreakerState::open);
  CHECK_FALSE(breaker.lets_through(at(Millis{119'999})));
  CHECK_TRUE(breaker.lets_through(at(minutes{2})));
}

TEST(Breaker, anyAnswerToAProbeButThrottlingCloses) {
  for (const Outcome outcome : {Outcome::accepted, Outcome::refused, Outcome::recipient_refused}) {
    breaker = Breaker{BreakerSettings{}};
    open_at(Millis{0});
    CHECK_TRUE(attempt(outcome, minutes{1}));
    CHECK(breaker.state(at(minutes{1})) == BreakerState::closed);
    LONGS_EQUAL(0, breaker.failure_count());
  }
  breaker = Breaker{BreakerSettings{}};
  open_at(Millis{0});
  CHECK_FALSE(attempt(Outcome::throttled, minutes{1}));
  CHECK_FALSE(breaker.lets_through(at(Millis{119'999})));
  CHECK_TRUE(breaker.lets_through(at(minutes{2})));
}

TEST(Breaker, resultsOfAttemptsFromBeforeItOpenedChangeNothing) {
  const bool late = breaker.begin(at(Millis{0}));
  CHECK_FALSE(late);
  open_at(Millis{1});
  for (const Outcome outcome : {Outcome::accepted, Outcome::unavailable, Outcome::account, Outcome::unknown}) {
    CHECK_FALSE(breaker.end(late, outcome, at(seconds{30})));
  }
  CHECK(breaker.state(at(seconds{30})) == BreakerState::open);
  CHECK(breaker.probe_at() == at(Millis{1} + minutes{1}));
}

TEST(Breaker, anAbandonedProbeWasNone) {
  open_at(Millis{0});
  const bool probe = breaker.begin(at(minutes{1}));
  CHECK_TRUE(probe);
  breaker.abandon(probe);
  CHECK_TRUE(breaker.lets_through(at(minutes{1})));
  breaker.abandon(false);  // an ordinary one: nothing to undo
  CHECK_TRUE(breaker.lets_through(at(minutes{1})));
}

TEST(Breaker, aFlappingProviderIsProbedLessAndLess) {
  Millis now{0};
  open_at(now);
  for (const int expected_minutes : {2, 4, 8, 8, 8}) {
    now += (breaker.probe_at() - at(now));
    close_by_probe_at(now);
    now += seconds{10};
    CHECK_TRUE(attempt(Outcome::unavailable, now));  // one failure is enough so soon after
    CHECK(breaker.probe_at() - at(now) == minutes{expected_minutes});
  }
}

TEST(Breaker, flappingOfTheAccountIsDampedToo) {
  attempt(Outcome::account, Millis{0});
  close_by_probe_at(minutes{1});
  attempt(Outcome::account, minutes{2});
  CHECK(breaker.probe_at() == at(minutes{4}));
}

TEST(Breaker, fiveMinutesOfPeaceAreForgiven) {
  open_at(Millis{0});
  close_by_probe_at(minutes{1});
  attempt(Outcome::unavailable, minutes{2});
  close_by_probe_at(minutes{4});
  for (int i = 0; i < 4; ++i) CHECK_FALSE(attempt(Outcome::unavailable, minutes{9}));  // as if for the first time
  CHECK_TRUE(attempt(Outcome::unavailable, minutes{9}));
  CHECK(breaker.probe_at() == at(minutes{10}));
  // and for trouble with the account as well
  close_by_probe_at(minutes{10});
  CHECK_TRUE(attempt(Outcome::account, minutes{15}));
  CHECK(breaker.probe_at() == at(minutes{16}));
}

TEST(Breaker, anOperatorsResetClosesAndForgets) {
  open_at(Millis{0});
  const bool probe = breaker.begin(at(minutes{1}));
  breaker.reset();
  CHECK(breaker.state(at(minutes{1})) == BreakerState::closed);
  CHECK_FALSE(
      breaker.end(probe, Outcome::unavailable, at(minutes{1})));  // the probe under way decides nothing any more
  for (int i = 0; i < 4; ++i) CHECK_FALSE(attempt(Outcome::unavailable, minutes{2}));
  CHECK(name_of(breaker.state(at(minutes{2}))) == "closed");
}

TEST(Breaker, closesWithinOneIntervalAfterTheProviderHeals) {
  open_at(Millis{0});
  const Millis healed_at{150'000};
  Millis now{0};
  while (breaker.state(at(now)) != BreakerState::closed && now < minutes{10}) {
    now += seconds{1};
    if (breaker.lets_through(at(now))) attempt(now >= healed_at ? Outcome::accepted : Outcome::unavailable, now);
  }
  CHECK(now <= healed_at + minutes{1});
}
