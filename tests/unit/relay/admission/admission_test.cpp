#include "relay/admission/admission.hpp"

#include <CppUTest/TestHarness.h>

#include "tests/fakes/virtual_runtime.hpp"

using namespace relay;
using namespace relay::admission;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_GROUP(Admission) {
  fakes::VirtualClock clock;
  Timeline timeline{clock};
  AdmissionSettings settings;
  Load load;
  Wish wish{.to = {"+358401234567"}, .text = "Water in the cellar"};

  std::expected<std::vector<Message>, Refusal> admit() {
    return Admission{settings}.admit(wish, 7, MessageClass::info, load, timeline, clock.wall());
  }
  void refused(int status, std::string_view type, std::string_view field = "") {
    const auto result = admit();
    CHECK_FALSE(result.has_value());
    CHECK_EQUAL(status, result.error().status);
    STRCMP_EQUAL(std::string{type}.c_str(), std::string{result.error().type}.c_str());
    if (!field.empty()) STRCMP_EQUAL(std::string{field}.c_str(), result.error().field.c_str());
    CHECK_FALSE(result.error().detail.empty());
    CHECK(result.error().retry_after.has_value() == (status != 400));
  }
};

TEST(Admission, aPlainWishBecomesOneMessage) {
  const auto result = admit();
  CHECK_TRUE(result.has_value());
  const Message& m = result->front();
  CHECK_EQUAL(1, result->size());
  CHECK(m.app == 7 && m.state == State::queued && m.message_class == MessageClass::info);
  CHECK(m.due == timeline.now() && m.expires_at == timeline.now() + hours{24});
  CHECK(m.accepted_at == clock.wall() && m.segments == 1 && m.encoding == TextEncoding::gsm7);
}

TEST(Admission, theSameRecipientTwiceGetsOneMessage) {
  wish.to = {"+358401234567", "+358 40 123 4567", "+358407654321", "+358401234567"};
  const auto result = admit();
  CHECK_EQUAL(2, result->size());
  STRCMP_EQUAL("+358401234567", (*result)[0].to.c_str());
  STRCMP_EQUAL("+358407654321", (*result)[1].to.c_str());
}

TEST(Admission, everyClassHasItsLife) {
  for (const auto message_class : all_message_classes) {
    wish.message_class = message_class;
    if (message_class == MessageClass::once) {
      refused(400, "expiry-invalid", "expires_in");
      continue;
    }
    CHECK(admit()->front().expires_at - timeline.now() == policy_of(message_class).default_expiry);
  }
  wish.message_class = MessageClass::once;
  wish.expires_in = minutes{90};
  CHECK(admit()->front().expires_at - timeline.now() == minutes{90});
}

TEST(Admission, theBoxesLimitShortensADefaultButRefusesAWish) {
  settings.max_life = hours{1};
  CHECK(admit()->front().expires_at - timeline.now() == hours{1});
  wish.expires_in = hours{2};
  refused(400, "expiry-invalid", "expires_in");
}

TEST(Admission, sendAtDelaysAndLifeCountsFromThere) {
  wish.send_at = clock.wall() + hours{2};
  CHECK(admit()->front().due == timeline.now() + hours{2});
  CHECK(admit()->front().expires_at == timeline.now() + hours{26});
  wish.expires_at = clock.wall() + hours{3};
  CHECK(admit()->front().expires_at == timeline.now() + hours{3});
  wish.expires_at = clock.wall() + hours{1};
  refused(400, "expiry-invalid", "expires_at");
  wish.expires_at.reset();
  wish.send_at = clock.wall() - hours{2};  // past: now
  CHECK(admit()->front().due == timeline.now());
  wish.send_at = clock.wall() + hours{24 * 8};
  refused(400, "expiry-invalid", "send_at");
}

TEST(Admission, limitsThatMakeNoSense) {
  wish.expires_at = clock.wall();
  refused(400, "expiry-invalid", "expires_at");
  wish.expires_in = seconds{5};
  refused(400, "expiry-invalid", "expires_in");
}

TEST(Admission, whatIsWrongIsSaidByField) {
  const Wish good = wish;
  wish.to = {};
  refused(400, "number-invalid", "to");
  wish.to = {"0401234567"};
  refused(400, "number-invalid", "to");
  wish.to = {"+358401234567", "x"};
  refused(400, "number-invalid", "to[1]");
  wish.to.assign(1001, "+358401234567");
  refused(400, "too-many-recipients", "to");
  wish = good;
  wish.text = "";
  refused(400, "text-invalid", "text");
  wish.text = "\xC3\x28";
  refused(400, "text-invalid", "text");
  wish.text = std::string(1601, 'a');
  refused(400, "text-invalid", "text");
  wish = good;
  wish.from = "far too long a name";
  refused(400, "sender-invalid", "from");
  wish = good;
  wish.channel = Channel::email;
  refused(400, "channel-unavailable", "channel");
  wish = good;
  wish.callback_url = "ftp://x/";
  refused(400, "callback-url-invalid", "callback_url");
  wish.callback_url = "http://x/" + std::string(1024, 'a');
  refused(400, "callback-url-invalid", "callback_url");
  wish = good;
  wish.tags.assign(17, "t");
  refused(400, "tags-invalid", "tags");
  wish.tags = {""};
  refused(400, "tags-invalid", "tags");
  wish.tags = {std::string(65, 't')};
  refused(400, "tags-invalid", "tags");
}

TEST(Admission, theLongestTextEnters) {
  wish.text = std::string(1600, 'a');
  CHECK_EQUAL(11, admit()->front().segments);
}

TEST(Admission, aTenthOfTheQueueIsKeptForAlarms) {
  settings.max_queued = 1'000;
  load.queued = 899;
  CHECK_TRUE(admit().has_value());
  load.queued = 900;
  refused(503, "queue-full");
  wish.message_class = MessageClass::alarm;
  CHECK_TRUE(admit().has_value());
  load.queued = 999;
  CHECK_TRUE(admit().has_value());
  load.queued = 1'000;
  refused(503, "queue-full");
}

TEST(Admission, andOfAnApplicationsShareToo) {
  settings.max_queued_per_app = 100;
  load.queued_by_app = 90;
  refused(429, "app-queue-full");
  wish.message_class = MessageClass::alarm;
  CHECK_TRUE(admit().has_value());
  load.queued_by_app = 100;
  refused(429, "app-queue-full");
}

TEST(Admission, overItsDailyLimitAnApplicationIsToldWhenTheDayEnds) {
  load.over_limit_for = Millis{3'600'000};
  for (const auto c : all_message_classes) {
    wish.message_class = c;
    wish.expires_in = Millis{60'000};
    refused(429, "daily-limit-reached");
    CHECK(admit().error().retry_after == load.over_limit_for);
  }
}

TEST(Admission, aSubmissionCountsWithAllItsRecipients) {
  settings.max_queued = 1'000;
  load.queued = 899;
  wish.to = {"+358401234567", "+358401234568"};
  refused(503, "queue-full");
}

TEST(Admission, aFullDiskTakesAlarmsOnly) {
  load.free_disk_bytes = settings.low_disk_bytes - 1;
  CHECK_TRUE(admit().has_value());
  wish.message_class = MessageClass::bulk;
  refused(503, "storage-low");
  wish.message_class = MessageClass::otp;
  CHECK_TRUE(admit().has_value());
  load.free_disk_bytes = settings.critical_disk_bytes - 1;
  refused(503, "storage-low");
  wish.message_class = MessageClass::alarm;
  CHECK_TRUE(admit().has_value());
}
