#include "relay/base/log.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

TEST_GROUP(Log) { fakes::RecordedLog log; };

TEST(Log, writesKeysAndQuotesWhatNeedsIt) {
  log.info("attempt",
           {{"id", "0abc"}, {"ms", 12}, {"ratio", 0.5}, {"ok", true}, {"detail", "no answer"}, {"empty", ""}});
  STRCMP_EQUAL(R"(attempt id=0abc ms=12 ratio=0.500 ok=true detail="no answer" empty="")", log.lines.at(0).c_str());
}

TEST(Log, nothingFromOutsideCanForgeALineOrReachATerminal) {
  log.info("x", {{"v", "a\nb\x1b[31m\"=\\"}});
  STRCMP_EQUAL("x v=\"a\\nb\\x1b[31m\\\"=\\\\\"", log.lines.at(0).c_str());
}

TEST(Log, masksNumbers) {
  STRCMP_EQUAL("+35840*****67", relay::masked_number("+358401234567").c_str());
  STRCMP_EQUAL("*****", relay::masked_number("11223").c_str());
}
