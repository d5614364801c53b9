#include "relay/dispatch/retry.hpp"

#include <algorithm>

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using relay::dispatch::RetryPolicy;
using relay::dispatch::RetrySettings;

TEST_GROUP(RetryPolicy) {
  fakes::SeededRandom random{7};
  RetryPolicy policy{RetrySettings{}, random};
  SteadyTime now{Millis{1'000'000}};

  /// The greatest of many draws, with a full budget each time.
  Millis greatest(MessageClass message_class, int attempts) {
    Millis most{0};
    for (int i = 0; i < 400; ++i) {
      now += Millis{1'000};
      const Millis drawn = policy.back_off(message_class, attempts, now);
      CHECK(drawn > Millis{0});
      most = std::max(most, drawn);
    }
    return most;
  }
};

TEST(RetryPolicy, theBoundDoublesUpToAMinute) {
  const auto near = [](Millis drawn, std::int64_t bound_ms) {
    CHECK(drawn <= Millis{bound_ms});
    CHECK(drawn > Millis{bound_ms * 8 / 10});  // full jitter: the whole range is used
  };
  near(greatest(MessageClass::info, 1), 1'000);
  near(greatest(MessageClass::info, 2), 2'000);
  near(greatest(MessageClass::info, 6), 32'000);
  near(greatest(MessageClass::info, 7), 60'000);
  near(greatest(MessageClass::info, 1'000'000), 60'000);
}

TEST(RetryPolicy, anAlarmIsTriedAtLeastEveryTenSeconds) { CHECK(greatest(MessageClass::alarm, 100) <= Millis{10'000}); }

TEST(RetryPolicy, retriesNeverBecomeTheLoad) {
  int soon = 0;
  for (int i = 0; i < 1'000; ++i) soon += policy.back_off(MessageClass::info, 1, now) <= Millis{60'000} ? 1 : 0;
  CHECK_EQUAL(100, soon);  // the budget's depth; the others wait more than the greatest back-off
  now += Millis{2'000};
  soon = 0;
  for (int i = 0; i < 1'000; ++i) soon += policy.back_off(MessageClass::bulk, 1, now) <= Millis{60'000} ? 1 : 0;
  CHECK_EQUAL(10, soon);  // 5 a second
}

TEST(RetryPolicy, alarmsDoNotAskTheBudget) {
  for (int i = 0; i < 1'000; ++i) CHECK(policy.back_off(MessageClass::alarm, 1, now) <= Millis{1'000});
  CHECK(policy.back_off(MessageClass::info, 1, now) <= Millis{1'000});  // and take nothing from it
}
