#include "firmware/modem/report_desk.hpp"

#include <CppUTest/TestHarness.h>

using modem::ReportDesk;
using relay::Millis;
using relay::SteadyTime;

namespace {

relay::outbox::Receipt receipt_for(const char* digits) {
  relay::outbox::Receipt receipt;
  receipt.ref = "7";
  receipt.recipient_digits = digits;
  return receipt;
}

}  // namespace

TEST_GROUP(ReportDesk) {
  ReportDesk desk;
  SteadyTime now{Millis{1'000'000}};
};

TEST(ReportDesk, aReportAboutNobodyUnderWayGoesAtOnce) {
  desk.send_started("+358401234567");
  desk.add(receipt_for("7654321"), now);
  LONGS_EQUAL(1, desk.due(now).size());
}

TEST(ReportDesk, waitsForTheSendToTheSameNumberWhateverItsForm) {
  desk.send_started("+358401234567");
  desk.add(receipt_for(modem::comparable_digits("0401234567").c_str()), now);
  LONGS_EQUAL(0, desk.due(now).size());
  now += Millis{5000};
  desk.send_ended("+358401234567", {"7"}, now);
  CHECK(desk.next_due() == now + ReportDesk::settle);
  LONGS_EQUAL(0, desk.due(now).size());
  LONGS_EQUAL(1, desk.due(now + ReportDesk::settle).size());
}

TEST(ReportDesk, aReportThatNamesAnEndedSendDoesNotWaitForTheNextOne) {
  desk.send_started("+358401234567");
  desk.send_ended("+358401234567", {"6", "7"}, now);
  desk.send_started("+358401234567");
  desk.add(receipt_for("1234567"), now);
  LONGS_EQUAL(0, desk.due(now).size());  // its outcome may still be on its way to the store
  LONGS_EQUAL(1, desk.due(now + ReportDesk::settle).size());
}

TEST(ReportDesk, aSendThatEndedWithoutReferencesLetsItsReportsGo) {
  desk.send_started("+358401234567");
  desk.add(receipt_for("1234567"), now);
  desk.send_ended("+358401234567", {}, now + Millis{1000});
  LONGS_EQUAL(1, desk.due(now + Millis{1000}).size());
}

TEST(ReportDesk, aReportThatNamesNobodyWaitsForAll) {
  desk.send_started("+358401234567");
  desk.add(receipt_for(""), now);
  LONGS_EQUAL(0, desk.due(now).size());
}

TEST(ReportDesk, waitsAMinuteAtMost) {
  desk.send_started("+358401234567");
  desk.add(receipt_for("1234567"), now);
  LONGS_EQUAL(0, desk.due(now + Millis{59'999}).size());
  LONGS_EQUAL(1, desk.due(now + Millis{60'000}).size());
}

TEST(ReportDesk, aFullDeskLetsTheOldestGo) {
  desk.send_started("+358401234567");
  for (std::size_t i = 0; i <= ReportDesk::max_held; ++i) desk.add(receipt_for("1234567"), now);
  LONGS_EQUAL(1, desk.due(now).size());
}
