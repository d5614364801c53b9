#include "relay/chain/token_bucket.hpp"

#include <CppUTest/TestHarness.h>

using namespace relay;
using relay::chain::TokenBucket;

namespace {

SteadyTime at(std::int64_t ms) { return SteadyTime{Millis{1'000'000 + ms}}; }

}  // namespace

TEST_GROUP(TokenBucket){};

TEST(TokenBucket, rateZeroIsNoBound) {
  TokenBucket bucket(0, 0);
  for (int i = 0; i < 10'000; ++i) {
    CHECK_TRUE(bucket.has_token(at(0)));
    bucket.take(at(0));
  }
  CHECK(bucket.next_token(at(0)) == at(0));
}

TEST(TokenBucket, savesUpItsDepthAndNoMore) {
  TokenBucket bucket(2, 4);
  for (int i = 0; i < 4; ++i) {
    CHECK_TRUE(bucket.has_token(at(0)));
    bucket.take(at(0));
  }
  CHECK_FALSE(bucket.has_token(at(0)));
  for (int i = 0; i < 4; ++i) {
    CHECK_TRUE(bucket.has_token(at(3'600'000)));
    bucket.take(at(3'600'000));
  }
  CHECK_FALSE(bucket.has_token(at(3'600'000)));
}

TEST(TokenBucket, theNextTokenIsThereWhenItSays) {
  TokenBucket bucket(3, 1);
  bucket.take(at(0));
  const SteadyTime next = bucket.next_token(at(0));
  CHECK(next > at(0) && next <= at(335));
  CHECK_FALSE(bucket.has_token(at(330)));
  CHECK_TRUE(bucket.has_token(next));
}

TEST(TokenBucket, aSlowRateStillHasADepthOfOne) {
  TokenBucket bucket(0.1, 0.1);
  CHECK_TRUE(bucket.has_token(at(0)));
  bucket.take(at(0));
  CHECK_FALSE(bucket.has_token(at(9'900)));
  CHECK_TRUE(bucket.has_token(at(10'001)));
}

TEST(TokenBucket, whatAlarmsTookBeyondTheBoundIsPaidBackByTheOthers) {
  TokenBucket bucket(1, 1);
  for (int i = 0; i < 3; ++i) bucket.take(at(0));  // two more than there were
  CHECK_FALSE(bucket.has_token(at(2'900)));
  CHECK_TRUE(bucket.has_token(at(3'001)));
}

TEST(TokenBucket, aTokenGivenBackCanBeTakenAgain) {
  TokenBucket bucket(1, 1);
  bucket.take(at(0));
  bucket.give_back();
  CHECK_TRUE(bucket.has_token(at(0)));
  bucket.give_back();
  bucket.take(at(0));
  CHECK_FALSE(bucket.has_token(at(0)));  // never more than the depth
}
