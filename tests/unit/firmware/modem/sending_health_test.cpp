#include "firmware/modem/sending_health.hpp"

#include <CppUTest/TestHarness.h>

using Advice = modem::SendingHealth::Advice;
using relay::Outcome;

TEST_GROUP(SendingHealth) {
  modem::SendingHealth health{3};
  static at::Final cms(int code) { return {at::Final::Kind::cms, code, {}}; }
};

TEST(SendingHealth, aRunOfFailuresWantsARungAndThenAnother) {
  const Advice expected[] = {Advice::nothing, Advice::nothing, Advice::recover,
                             Advice::nothing, Advice::nothing, Advice::recover};
  for (const Advice advice : expected) CHECK(health.note(Outcome::unavailable, cms(38)) == advice);
  LONGS_EQUAL(6, health.failures());
  CHECK_FALSE(health.account());
}

TEST(SendingHealth, silenceCountsToo) {
  (void)health.note(Outcome::unknown, {at::Final::Kind::silence, -1, {}});
  (void)health.note(Outcome::unknown, cms(332));
  CHECK(health.note(Outcome::unavailable, cms(500)) == Advice::recover);
}

TEST(SendingHealth, anAnswerAboutTheRecipientProvesThatTheNetworkHears) {
  for (const auto outcome : {Outcome::accepted, Outcome::recipient_refused, Outcome::throttled, Outcome::refused}) {
    (void)health.note(Outcome::unavailable, cms(38));
    (void)health.note(Outcome::unavailable, cms(38));
    CHECK(health.note(outcome, cms(1)) == Advice::nothing);
    LONGS_EQUAL(0, health.failures());
  }
}

TEST(SendingHealth, noResetForTheAccountsSake) {
  CHECK(health.note(Outcome::account, cms(29)) == Advice::nothing);
  CHECK(health.note(Outcome::refused, cms(21)) == Advice::nothing);  // the spam block of several operators
  CHECK(health.note(Outcome::account, cms(29)) == Advice::take_down);
  CHECK(health.account());
}
