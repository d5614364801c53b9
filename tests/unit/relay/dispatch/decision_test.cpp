// The expected values are written from the contract of delivery (docs/architecture.md, "Delivery"), not from the code.
#include "relay/dispatch/decision.hpp"

#include <array>
#include <string>

#include <CppUTest/TestHarness.h>

using namespace relay;
using namespace relay::dispatch;
using enum Outcome;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr Millis back_off{1'234};
constexpr Millis window = std::chrono::hours{48};

Ended ended(MessageClass message_class, Outcome outcome) {
  return {.message_class = message_class,
          .outcome = outcome,
          .attempts = 1,
          .copies = 0,
          .life_left = minutes{60},
          .receipt_expected = true,
          .receipt_window = window,
          .next_provider_now = false,
          .provider_left = true,
          .back_off = back_off};
}

constexpr Millis none{-1};  // not queued

/// What a message with an hour to live does after its first attempt.
struct Row {
  MessageClass message_class;
  Outcome outcome;
  State next;
  Millis delay_with_next_provider;  ///< When another provider could take it at once ...
  Millis delay_without;             ///< ... and when none can.
  bool for_good = false;
  bool holds = false;
};
constexpr Millis at_once{0};
constexpr Millis throttle{5'000};
constexpr std::array table{
    Row{MessageClass::alarm, accepted, State::sent, window, window},
    Row{MessageClass::otp, accepted, State::sent, window, window},
    Row{MessageClass::once, accepted, State::sent, window, window},
    Row{MessageClass::info, accepted, State::sent, window, window},
    Row{MessageClass::bulk, accepted, State::sent, window, window},

    Row{MessageClass::alarm, refused, State::queued, at_once, back_off, true},
    Row{MessageClass::otp, refused, State::queued, at_once, back_off, true},
    Row{MessageClass::once, refused, State::queued, at_once, back_off, true},
    Row{MessageClass::info, refused, State::queued, at_once, back_off, true},
    Row{MessageClass::bulk, refused, State::queued, at_once, back_off, true},

    Row{MessageClass::alarm, recipient_refused, State::failed, none, none},
    Row{MessageClass::otp, recipient_refused, State::failed, none, none},
    Row{MessageClass::once, recipient_refused, State::failed, none, none},
    Row{MessageClass::info, recipient_refused, State::failed, none, none},
    Row{MessageClass::bulk, recipient_refused, State::failed, none, none},

    Row{MessageClass::alarm, account, State::queued, at_once, back_off},
    Row{MessageClass::otp, account, State::queued, at_once, back_off},
    Row{MessageClass::once, account, State::queued, at_once, back_off},
    Row{MessageClass::info, account, State::queued, at_once, back_off},
    Row{MessageClass::bulk, account, State::queued, at_once, back_off},

    Row{MessageClass::alarm, throttled, State::queued, at_once, throttle, false, true},
    Row{MessageClass::otp, throttled, State::queued, at_once, throttle, false, true},
    Row{MessageClass::once, throttled, State::queued, throttle, throttle, false, true},
    Row{MessageClass::info, throttled, State::queued, at_once, throttle, false, true},
    Row{MessageClass::bulk, throttled, State::queued, throttle, throttle, false, true},

    Row{MessageClass::alarm, unavailable, State::queued, at_once, back_off},
    Row{MessageClass::otp, unavailable, State::queued, at_once, back_off},
    Row{MessageClass::once, unavailable, State::queued, at_once, back_off},
    Row{MessageClass::info, unavailable, State::queued, at_once, back_off},
    Row{MessageClass::bulk, unavailable, State::queued, at_once, back_off},

    // An alarm goes on at once; the others look for proof first, whoever else could take them.
    Row{MessageClass::alarm, unknown, State::queued, at_once, back_off},
    Row{MessageClass::otp, unknown, State::queued, seconds{5}, seconds{5}},
    Row{MessageClass::once, unknown, State::queued, minutes{15}, minutes{15}},
    Row{MessageClass::info, unknown, State::queued, minutes{15}, minutes{15}},
    Row{MessageClass::bulk, unknown, State::queued, minutes{15}, minutes{15}},
};
static_assert(table.size() == 5 * outcome_count);

void check_row(const Row& row, bool next_provider_now) {
  Ended e = ended(row.message_class, row.outcome);
  e.next_provider_now = next_provider_now;
  const Decision decision = decide(e);
  const std::string where = std::string{name_of(row.message_class)} + " " + std::string{name_of(row.outcome)} +
                            (next_provider_now ? ", another provider can" : ", none can");
  CHECK_TEXT(decision.next == row.next, where.c_str());
  const Millis delay = next_provider_now ? row.delay_with_next_provider : row.delay_without;
  if (delay != none) CHECK_TEXT(decision.delay == delay, where.c_str());
  CHECK_TEXT(decision.exclude_for_good == row.for_good, where.c_str());
  CHECK_TEXT(decision.hold_provider == row.holds, where.c_str());
  if (decision.next == State::queued) CHECK_TEXT(decision.exclude_for_pass, where.c_str());
}

}  // namespace

TEST_GROUP(Decision){};

TEST(Decision, theTableOfOutcomes) {
  for (const Row& row : table) {
    check_row(row, true);
    check_row(row, false);
  }
}

TEST(Decision, withoutReceiptsAnAcceptedMessageEndsUnconfirmed) {
  for (const auto message_class : all_message_classes) {
    Ended e = ended(message_class, accepted);
    e.receipt_expected = false;
    CHECK(decide(e).next == State::unconfirmed);
    e.receipt_expected = true;
    e.receipt_window = Millis{0};
    CHECK(decide(e).next == State::unconfirmed);
  }
}

TEST(Decision, anAcceptanceCountsEvenAfterTheExpiry) {
  Ended e = ended(MessageClass::info, accepted);
  e.life_left = Millis{-1};
  CHECK(decide(e).next == State::sent);
}

TEST(Decision, pastItsExpiryAMessageEndsAsExpiredUnlessACopyMayBeOut) {
  for (const auto message_class : all_message_classes) {
    for (const auto outcome : {refused, account, throttled, unavailable}) {
      for (const bool next_provider_now : {true, false}) {
        for (const int copies : {0, 1}) {
          Ended e = ended(message_class, outcome);
          e.life_left = Millis{0};
          e.next_provider_now = next_provider_now;
          e.copies = copies;
          CHECK(decide(e).next == (copies == 0 ? State::expired : State::unknown));
        }
      }
    }
    Ended e = ended(message_class, unknown);
    e.life_left = Millis{0};
    CHECK(decide(e).next == State::unknown);
  }
}

TEST(Decision, refusedByEverybodyIsFailedUnlessACopyMayBeOut) {
  for (const auto message_class : all_message_classes) {
    Ended e = ended(message_class, refused);
    e.provider_left = false;
    CHECK(decide(e).next == State::failed);
    CHECK(decide(e).reason == "refused");
    e.copies = 1;
    CHECK(decide(e).next == State::unknown);
  }
}

TEST(Decision, aRefusalByTheRecipientStopsTheChain) {
  for (const auto message_class : all_message_classes) {
    Ended e = ended(message_class, recipient_refused);
    e.next_provider_now = true;  // it does not matter who else could
    CHECK(decide(e).next == State::failed);
    e.opted_out = true;
    CHECK(decide(e).next == State::blocked);
    CHECK(decide(e).reason == "opted_out");
    e.copies = 1;  // one may be out: nobody says that nothing was sent
    CHECK(decide(e).next == State::unknown);
  }
}

TEST(Decision, attemptsAreBoundedByClass) {
  for (const auto message_class : all_message_classes) {
    for (const auto outcome : {account, throttled, unavailable, refused}) {
      Ended e = ended(message_class, outcome);
      e.next_provider_now = true;
      e.attempts = policy_of(message_class).max_attempts - 1;
      CHECK(decide(e).next == State::queued);
      ++e.attempts;
      CHECK(decide(e).next == State::failed);
      CHECK(decide(e).reason == "attempts_exhausted");
      e.copies = 1;
      CHECK(decide(e).next == State::unknown);
    }
  }
}

TEST(Decision, anAlarmMayBeOutThreeTimesAndNoMore) {
  Ended e = ended(MessageClass::alarm, unknown);
  e.next_provider_now = true;
  for (const int copies_before : {0, 1}) {
    e.copies = copies_before;
    CHECK(decide(e).next == State::queued);
  }
  e.copies = 2;
  CHECK(decide(e).next == State::unknown);
  CHECK(decide(e).reason == "copies_exhausted");
}

TEST(Decision, theProvidersWishIsHeardWhenItThrottles) {
  for (const auto message_class : {MessageClass::once, MessageClass::bulk}) {
    Ended e = ended(message_class, throttled);
    e.retry_after = seconds{90};
    e.next_provider_now = true;
    CHECK(decide(e).delay == seconds{90});
  }
  Ended e = ended(MessageClass::info, throttled);
  e.retry_after = seconds{90};
  CHECK(decide(e).delay == seconds{90});
}

TEST(Decision, aProviderThatSaysRetryAtOnceIsNotAskedInATightLoop) {
  for (const auto message_class : all_message_classes) {
    for (const Millis wish : {Millis{0}, Millis{1}, Millis{-5}}) {
      Ended e = ended(message_class, throttled);
      e.retry_after = wish;
      CHECK(decide(e).delay >= seconds{1});
    }
  }
}

TEST(Decision, whoMayGoOutAgainAfterAnUnknown) {
  for (const auto message_class : all_message_classes) {
    CHECK_FALSE(refuses_copy(message_class, 0, Millis{1}).has_value());  // no copy is out
  }
  // the bound of the class: <= 3, <= 2, <= 1, <= 2, <= 2
  CHECK_FALSE(refuses_copy(MessageClass::alarm, 2, Millis{1}).has_value());
  CHECK(refuses_copy(MessageClass::alarm, 3, minutes{60}) == "copies_exhausted");
  CHECK_FALSE(refuses_copy(MessageClass::otp, 1, seconds{60}).has_value());
  CHECK(refuses_copy(MessageClass::otp, 1, Millis{59'999}) == "too_late_to_resend");
  CHECK(refuses_copy(MessageClass::otp, 2, minutes{4}) == "copies_exhausted");
  CHECK(refuses_copy(MessageClass::once, 1, minutes{60}) == "outcome_unknown");
  for (const auto message_class : {MessageClass::info, MessageClass::bulk}) {
    CHECK_FALSE(refuses_copy(message_class, 1, Millis{1}).has_value());
    CHECK(refuses_copy(message_class, 2, minutes{60}) == "copies_exhausted");
  }
}

TEST(Decision, anExpiredMessageIsUnknownIfACopyMayBeOut) {
  CHECK(expired_state(0) == State::expired);
  CHECK(expired_state(1) == State::unknown);
}
