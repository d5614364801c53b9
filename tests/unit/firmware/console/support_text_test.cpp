#include "firmware/console/support_text.hpp"

#include <CppUTest/TestHarness.h>

using namespace firmware::console;

TEST_GROUP(SupportText){};

TEST(SupportText, numbersAreMaskedAndNothingElse) {
  STRCMP_EQUAL("to=+35840*****67 ok", with_numbers_masked("to=+358401234567 ok").c_str());
  CHECK_TRUE(with_numbers_masked("iccid 8935801234567890123").find("8935801234567890123") != std::string::npos);
  STRCMP_EQUAL("id=0cmzds22cq91h ms=1234567", with_numbers_masked("id=0cmzds22cq91h ms=1234567").c_str());
  STRCMP_EQUAL("2026-11-21T10:06:00.123Z", with_numbers_masked("2026-11-21T10:06:00.123Z").c_str());
  CHECK_TRUE(with_numbers_masked("040-1234567, 358401234567").find("358401234567") == std::string::npos);
  STRCMP_EQUAL("", with_numbers_masked("").c_str());
}
