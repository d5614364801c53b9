#include "firmware/modem/send_pace.hpp"

#include <CppUTest/TestHarness.h>

using modem::SendPace;
using relay::Millis;

TEST_GROUP(SendPace) {
  SendPace pace;

  int after(int messages, Millis each) {
    for (int i = 0; i < messages; ++i) pace.note(each);
    return pace.attempts();
  }
};

TEST(SendPace, isShortUntilTheModemIsKnown) { LONGS_EQUAL(SendPace::shortest, pace.attempts()); }

TEST(SendPace, coversTheJournalsTime) {
  struct Row {
    int ms;
    int attempts;
  };
  for (const Row row :
       {Row{5'000, 2}, Row{200, 2}, Row{199, 3}, Row{100, 3}, Row{50, 5}, Row{20, 11}, Row{2, 16}, Row{0, 16}}) {
    SendPace fresh;
    fresh.note(Millis{row.ms});
    LONGS_EQUAL(row.attempts, fresh.attempts());
  }
}

TEST(SendPace, isShortAgainSoonAfterTheModemHasBecomeSlow) {
  LONGS_EQUAL(16, after(100, Millis{1}));
  LONGS_EQUAL(2, after(2, Millis{3'000}));
}

TEST(SendPace, ofASlowModemIsNotLongBecauseOfOneQuickAnswer) {
  LONGS_EQUAL(2, after(20, Millis{3'000}));
  LONGS_EQUAL(2, after(1, Millis{0}));
}
