#include "relay/providers/twilio/status.hpp"

#include <array>

#include <CppUTest/TestHarness.h>

using relay::ReceiptStatus;
using relay::providers::twilio::find_status;
using relay::providers::twilio::is_news;

TEST_GROUP(TwilioStatus){};

TEST(TwilioStatus, everyStatusHasItsReceipt) {
  for (const char* name : {"accepted", "scheduled", "queued", "sending", "sent", "partially_delivered"}) {
    CHECK_TEXT(find_status(name)->receipt == ReceiptStatus::pending, name);
  }
  for (const char* name : {"delivered", "read"})
    CHECK_TEXT(find_status(name)->receipt == ReceiptStatus::delivered, name);
  for (const char* name : {"undelivered", "failed", "canceled"})
    CHECK_TEXT(find_status(name)->receipt == ReceiptStatus::failed, name);
  for (const char* name : {"", "received", "receiving", "Delivered", "new_one"})
    POINTERS_EQUAL(nullptr, find_status(name));
}

TEST(TwilioStatus, ranksNeverGoBack) {
  const std::array order{"accepted", "queued", "sending", "sent", "delivered", "read"};
  for (std::size_t known = 0; known < order.size(); ++known) {
    for (std::size_t heard = 0; heard < order.size(); ++heard)
      CHECK_EQUAL(heard > known, is_news(order[heard], order[known]));
  }
}

TEST(TwilioStatus, finalOnesStay) {
  CHECK(is_news("failed", "sent"));
  CHECK(is_news("undelivered", "queued"));
  CHECK_FALSE(is_news("undelivered", "delivered"));
  CHECK_FALSE(is_news("delivered", "undelivered"));
  CHECK_FALSE(is_news("read", "failed"));
  CHECK_FALSE(is_news("sent", "canceled"));
  CHECK_FALSE(is_news("new_one", "queued"));
  CHECK(is_news("queued", ""));
}
