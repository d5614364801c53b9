#include "relay/message/vocabulary.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

using namespace relay;

TEST_GROUP(Vocabulary){};

TEST(Vocabulary, wordsComeBack) {
  for (int i = 0; i < state_count; ++i) {
    const auto state = static_cast<State>(i);
    CHECK(parse_state(name_of(state)) == state);
    CHECK(is_final(state) == (state != State::queued && state != State::sending && state != State::sent));
  }
  for (const auto message_class : all_message_classes) {
    CHECK(parse_message_class(name_of(message_class)) == message_class);
  }
  for (const auto channel : {Channel::sms, Channel::whatsapp, Channel::email})
    CHECK(parse_channel(name_of(channel)) == channel);
  CHECK_FALSE(parse_state("Queued").has_value());
  CHECK_FALSE(parse_message_class("").has_value());
  CHECK_FALSE(parse_channel("sms ").has_value());
}

TEST(Vocabulary, storedNumbersHaveTheirNames) {
  const char* const states[] = {"queued",  "sending", "sent",      "delivered",   "failed",
                                "expired", "blocked", "cancelled", "unconfirmed", "unknown"};
  for (int i = 0; i < state_count; ++i) STRCMP_EQUAL(states[i], std::string(name_of(static_cast<State>(i))).c_str());
  const char* const outcomes[] = {"accepted",    "refused", "recipient_refused", "account", "throttled",
                                  "unavailable", "unknown"};
  for (int i = 0; i < outcome_count; ++i)
    STRCMP_EQUAL(outcomes[i], std::string(name_of(static_cast<Outcome>(i))).c_str());
  CHECK(name_of(TextEncoding::gsm7) == "gsm7");
  CHECK(name_of(TextEncoding::ucs2) == "ucs2");
  CHECK(name_of(ReceiptStatus::pending) == "pending");
  CHECK(name_of(ReceiptStatus::unknown) == "unknown");
}

TEST(Vocabulary, classesKeepTheContract) {
  CHECK(policy_of(MessageClass::alarm).lane == Lane::alarm);
  LONGS_EQUAL(3, policy_of(MessageClass::alarm).max_copies);
  CHECK(policy_of(MessageClass::alarm).mark_repeat);
  CHECK(policy_of(MessageClass::alarm).default_expiry == std::chrono::hours{4});
  CHECK(policy_of(MessageClass::otp).default_expiry == std::chrono::minutes{5});
  CHECK(policy_of(MessageClass::otp).order == MessageOrder::newest_per_recipient);
  LONGS_EQUAL(1, policy_of(MessageClass::once).max_copies);
  CHECK_FALSE(policy_of(MessageClass::once).resend_after_unknown);
  CHECK(policy_of(MessageClass::once).default_expiry == Millis{0});
  for (const auto message_class : {MessageClass::info, MessageClass::bulk}) {
    LONGS_EQUAL(2, policy_of(message_class).max_copies);
    CHECK(policy_of(message_class).order == MessageOrder::fifo_per_recipient);
  }
}
