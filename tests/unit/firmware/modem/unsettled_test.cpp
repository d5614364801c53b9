#include "firmware/modem/unsettled.hpp"

#include <CppUTest/TestHarness.h>

using modem::PartsSent;
using modem::UnsettledPart;
using modem::UnsettledParts;
using relay::Millis;
using relay::SteadyTime;

TEST_GROUP(UnsettledParts) {
  UnsettledParts parts;
  SteadyTime now{Millis{1'000'000}};

  void accepted(const char* digits, int ref) { parts.note_end(digits, ref); }
  void unknown(std::int64_t message, const char* digits) {
    parts.note_end(digits, std::nullopt);
    UnsettledPart part;
    part.message = {message};
    part.recipient_digits = digits;
    part.since = now;
    parts.add(part);
  }
};

TEST(UnsettledParts, aReportWithTheNextReferenceSettles) {
  accepted("1111111", 41);
  unknown(7, "2222222");
  CHECK_FALSE(parts.take_reported("3333333", 42, now).has_value());  // somebody else's
  CHECK_FALSE(parts.take_reported("2222222", 50, now).has_value());  // another send's
  const auto part = parts.take_reported("2222222", 42, now);
  CHECK(part.has_value());
  LONGS_EQUAL(7, part->message.value);
  LONGS_EQUAL(0, parts.size());
}

TEST(UnsettledParts, aReportOfAnAcceptedSendIsNotTaken) {
  unknown(7, "2222222");  // nobody knows what the counter stood at
  accepted("2222222", 9);
  CHECK_FALSE(parts.take_reported("2222222", 9, now).has_value());
  CHECK_FALSE(parts.take_reported("2222222", 8, now).has_value());  // it may be one of before the daemon's start
}

// Seed 90 of the simulation: the modem restarted instead of sending the first, and the second took its reference.
TEST(UnsettledParts, aReportThatMayBeAboutAnotherSendIsNotTaken) {
  accepted("1111111", 41);
  unknown(7, "2222222");
  parts.note_begin("2222222");
  CHECK_FALSE(parts.take_reported("2222222", 42, now).has_value());  // the one under way has that reference
  unknown(8, "2222222");
  CHECK_FALSE(parts.take_reported("2222222", 42, now).has_value());
  LONGS_EQUAL(2, parts.size());
}

TEST(UnsettledParts, theCounterWraps) {
  accepted("1111111", 255);
  unknown(7, "2222222");
  CHECK(parts.take_reported("2222222", 0, now).has_value());
}

TEST(UnsettledParts, aLateAnswerIsAboutTheLastAndNotForEver) {
  unknown(7, "2222222");
  unknown(8, "3333333");
  LONGS_EQUAL(8, parts.take_last(now + Millis{60'000})->message.value);
  CHECK_FALSE(parts.take_last(now + Millis{900'000}).has_value());
}

TEST(UnsettledParts, hasABoundAndAnEnd) {
  for (int i = 0; i < 100; ++i) unknown(i, "2222222");
  LONGS_EQUAL(UnsettledParts::max_parts, parts.size());
  CHECK_FALSE(parts.take_reported("2222222", 3, now + UnsettledParts::longest + Millis{1}).has_value());
  LONGS_EQUAL(0, parts.size());
}

TEST_GROUP(PartsSent) { PartsSent sent; };

TEST(PartsSent, remembersWhichPartsAreOut) {
  LONGS_EQUAL(3, sent.of({1}, false, 3).size());
  sent.note({1}, false, 3, 0, "17");
  sent.note({1}, false, 3, 2, "");
  const auto refs = sent.of({1}, false, 3);
  STRCMP_EQUAL("17", refs[0].c_str());
  STRCMP_EQUAL("", refs[1].c_str());
  STRCMP_EQUAL("?", refs[2].c_str());
  STRCMP_EQUAL("", sent.of({1}, true, 3)[0].c_str());   // with the mark of a repeat the text is another
  STRCMP_EQUAL("", sent.of({1}, false, 4)[0].c_str());  // and so it is when the number of parts is
  sent.forget({1});
  STRCMP_EQUAL("", sent.of({1}, false, 3)[0].c_str());
}

TEST(PartsSent, hasABound) {
  for (int i = 0; i < 100; ++i) sent.note({i}, false, 2, 0, "1");
  STRCMP_EQUAL("", sent.of({0}, false, 2)[0].c_str());
  STRCMP_EQUAL("1", sent.of({99}, false, 2)[0].c_str());
}
