#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/recovery.hpp"

using modem::RecoveryLadder;
using modem::Rung;
using modem::Trouble;
using relay::Millis;
using relay::SteadyTime;

TEST_GROUP(RecoveryLadder) {
  RecoveryLadder ladder;
  SteadyTime now{Millis{1'000'000}};

  std::string climb(Trouble trouble, int times, Millis step = Millis{10'000}) {
    std::string rungs;
    for (int i = 0; i < times; ++i, now += step) {
      const auto decision = ladder.next(trouble, now);
      rungs += (rungs.empty() ? "" : " ") + std::string{decision.rung ? name_of(*decision.rung) : "-"};
      if (decision.gave_up) rungs += "!";
    }
    return rungs;
  }
};

TEST(RecoveryLadder, aSilentModemGetsEveryRungButTheOneThatNeedsItsAnswer) {
  ladder.use({.usb_reset = true, .power_cycle = true});
  STRCMP_EQUAL("resync reopen restart_modem usb_reset power_cycle reopen! reopen",
               climb(Trouble::no_answer, 7).c_str());
}

TEST(RecoveryLadder, whatTheBoardLacksIsSkippedAndNamed) {
  (void)climb(Trouble::no_answer, 3);
  const auto decision = ladder.next(Trouble::no_answer, now);
  CHECK(decision.gave_up);
  STRCMP_EQUAL("usb_reset (it is not on USB), power_cycle (the board has no line for it)", decision.skipped.c_str());
}

TEST(RecoveryLadder, aModemThatAnswersIsSparedTheLine) {
  STRCMP_EQUAL("radio_cycle restart_modem -! -", climb(Trouble::not_registered, 4, Millis{600'000}).c_str());
  CHECK(ladder.resting_until().has_value());
}

TEST(RecoveryLadder, itRestsFifteenMinutesThenTwiceAsLong) {
  (void)climb(Trouble::not_sending, 2);
  const auto gave_up_at = now;
  CHECK(ladder.next(Trouble::not_sending, now).gave_up);
  CHECK(*ladder.resting_until() - gave_up_at == RecoveryLadder::first_rest);
  now = *ladder.resting_until();
  STRCMP_EQUAL("radio_cycle restart_modem -!", climb(Trouble::not_sending, 3).c_str());
  CHECK(*ladder.resting_until() - now > RecoveryLadder::first_rest + Millis{600'000});
}

TEST(RecoveryLadder, neverMoreThanThreeResetsAnHourAndTenADay) {
  ladder.use({.usb_reset = true, .power_cycle = true});
  std::vector<SteadyTime> resets;
  for (const auto end = now + std::chrono::hours{48}; now < end; now += Millis{15'000}) {
    const auto decision = ladder.next(Trouble::no_answer, now);
    if (decision.rung && *decision.rung >= Rung::restart_modem) resets.push_back(now);
  }
  CHECK(resets.size() >= 6);
  for (std::size_t i = 0; i + 3 < resets.size(); ++i) CHECK(resets[i + 3] - resets[i] >= std::chrono::hours{1});
  for (std::size_t i = 0; i + 10 < resets.size(); ++i) CHECK(resets[i + 10] - resets[i] >= std::chrono::hours{24});
}

TEST(RecoveryLadder, twoOfAKindKeepTheirDistance) {
  modem::RecoveryPlan plan;
  plan.steps = {Rung::radio_cycle};
  plan.spacing[static_cast<std::size_t>(Rung::radio_cycle)] = Millis{120'000};
  ladder.follow(plan);
  STRCMP_EQUAL("radio_cycle", climb(Trouble::not_sending, 1).c_str());
  ladder.recovered();
  const auto decision = ladder.next(Trouble::not_sending, now);
  CHECK_FALSE(decision.rung.has_value());
  STRCMP_EQUAL("radio_cycle (too soon after the last one)", decision.skipped.c_str());
}

TEST(RecoveryLadder, aMessageThatWentOutOrALongQuietBeginsBelowAgain) {
  (void)climb(Trouble::no_answer, 1);
  ladder.recovered();
  STRCMP_EQUAL("resync", climb(Trouble::no_answer, 1).c_str());
  now += RecoveryLadder::quiet + Millis{1};
  STRCMP_EQUAL("resync", climb(Trouble::no_answer, 1).c_str());
}

TEST(RecoveryLadder, opensAfterHalfASecondAndThenEverySlower) {
  modem::OpenBackoff backoff;
  for (const int ms : {500, 1000, 2000, 4000, 5000, 5000}) CHECK(backoff.next() == Millis{ms});
}
