#include "relay/chain/chain.hpp"

#include <CppUTest/TestHarness.h>

using namespace relay;
using namespace relay::chain;
using Kind = Choice::Kind;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

SteadyTime at(Millis since_start) { return SteadyTime{Millis{10'000'000}} + since_start; }
const SteadyTime now = at(Millis{0});

LinkSettings link(std::string name, bool needs_uplink = true) {
  return {.name = std::move(name), .needs_uplink = needs_uplink, .max_in_flight = 2};
}

}  // namespace

TEST_GROUP(Chain) {
  Chain chain{{link("first"), link("second"), link("modem", false)}};

  Choice choose(MessageClass message_class = MessageClass::info, ProviderSet excluded = 0, SteadyTime when = now) {
    return chain.choose({.channel = Channel::sms, .message_class = message_class, .excluded = excluded}, when);
  }
  void takes(ProviderIndex index, MessageClass message_class = MessageClass::info, ProviderSet excluded = 0) {
    const Choice choice = choose(message_class, excluded);
    CHECK(choice.kind == Kind::provider);
    LONGS_EQUAL(index, choice.index);
  }
  bool begin(ProviderIndex index, SteadyTime when = now) {
    bool probe = false;
    chain.begin(index, when, probe);
    return probe;
  }
  void open(ProviderIndex index) { CHECK_TRUE(chain.end(index, begin(index), Outcome::account, now).opened); }
};

TEST(Chain, theFirstInOrderTakesIt) {
  for (const auto message_class : all_message_classes) takes(0, message_class);
}

TEST(Chain, excludedOnesAreSkippedAndInTheEndThereIsNobodyLeft) {
  takes(1, MessageClass::info, only(0));
  takes(2, MessageClass::info, only(0) | only(1));
  CHECK(choose(MessageClass::info, only(0) | only(1) | only(2)).kind == Kind::exhausted);
  CHECK_TRUE(chain.any_left({.excluded = only(0) | only(1)}));
  CHECK_FALSE(chain.any_left({.excluded = only(0) | only(1) | only(2)}));
}

TEST(Chain, withoutUplinkOnlyWhatNeedsNoneIsAsked) {
  chain.set_uplink(false);
  takes(2);
  CHECK(chain.obstacle(0, now) == Obstacle::uplink_down);
  const Choice choice = choose(MessageClass::info, only(2));
  CHECK(choice.kind == Kind::no_path);
  CHECK(choice.retry_at == SteadyTime::max());
  chain.set_uplink(true);
  takes(0);
}

TEST(Chain, whatIsNotReadyIsSkipped) {
  chain.set_ready(0, false);
  takes(1);
  CHECK(chain.obstacle(0, now) == Obstacle::not_ready);
  chain.set_ready(0, true);
  takes(0);
}

TEST(Chain, anOpenBreakerIsSkippedAndItsProbeTold) {
  open(0);
  takes(1);
  CHECK(chain.obstacle(0, now) == Obstacle::breaker_open);
  const Choice choice = choose(MessageClass::info, only(1) | only(2));
  CHECK(choice.kind == Kind::no_path);
  CHECK(choice.retry_at == at(minutes{1}));
}

TEST(Chain, aProbeThatIsDueGoesFirstButOnlyOne) {
  open(0);
  const Choice probe = choose(MessageClass::info, 0, at(minutes{1}));
  CHECK(probe.kind == Kind::provider && probe.index == 0);
  CHECK_TRUE(begin(0, at(minutes{1})));
  const Choice next = choose(MessageClass::info, 0, at(minutes{1}));
  CHECK(next.kind == Kind::provider && next.index == 1);
  CHECK_TRUE(chain.end(0, true, Outcome::accepted, at(minutes{1})).closed);
  takes(0);
}

TEST(Chain, aThrottledOneIsSkippedOrWaitedForByClass) {
  chain.hold(0, at(seconds{30}));
  for (const auto message_class : {MessageClass::alarm, MessageClass::otp, MessageClass::info}) takes(1, message_class);
  for (const auto message_class : {MessageClass::once, MessageClass::bulk}) {
    const Choice choice = choose(message_class);
    CHECK(choice.kind == Kind::wait);
    CHECK(choice.retry_at == at(seconds{30}));
  }
  const Choice choice = choose(MessageClass::info, only(1) | only(2));
  CHECK(choice.kind == Kind::no_path);
  CHECK(choice.retry_at == at(seconds{30}));
  chain.hold(0, at(seconds{10}));  // a shorter wish does not shorten the hold
  CHECK(choose(MessageClass::info, 0, at(seconds{29})).index == 1);
  CHECK(choose(MessageClass::info, 0, at(seconds{30})).index == 0);
}

TEST(Chain, aBusyOneIsWaitedForExceptByAlarmsWhichHaveAPlaceMore) {
  begin(0), begin(0);
  CHECK(choose(MessageClass::info).kind == Kind::wait);
  CHECK(choose(MessageClass::otp).kind == Kind::wait);
  takes(0, MessageClass::alarm);  // the place kept for them
  begin(0);
  takes(1, MessageClass::alarm);  // and then the next provider
  LONGS_EQUAL(3, chain.in_flight(0));
  chain.end(0, false, Outcome::accepted, now);
  chain.end(0, false, Outcome::accepted, now);
  takes(0);
}

// Seed 88 of the simulation: a throttled alarm slept for the provider's Retry-After, for the modem was only busy.
TEST(Chain, anAlarmWaitsForABusyOneWhenThereIsNoOther) {
  chain.hold(0, at(minutes{2}));
  for (int i = 0; i < 3; ++i) begin(1), begin(2);
  CHECK(choose(MessageClass::alarm).kind == Kind::wait);
  CHECK(choose(MessageClass::alarm, only(0)).kind == Kind::wait);
  chain.abandon(2, false);
  takes(2, MessageClass::alarm);
}

TEST(Chain, atItsRateAProviderIsWaitedForButNotByAlarms) {
  auto slow = link("slow");
  slow.rate_per_second = 1;
  chain = Chain{{slow, link("second")}};
  chain.end(0, begin(0), Outcome::accepted, now);
  const Choice choice = choose(MessageClass::info);
  CHECK(choice.kind == Kind::wait);
  CHECK(choice.retry_at > now && choice.retry_at <= at(Millis{1'002}));
  takes(0, MessageClass::alarm);
  CHECK(choose(MessageClass::info, 0, choice.retry_at).kind == Kind::provider);
}

TEST(Chain, retryAtIsTheEarliestOfAllThatMayChange) {
  open(0);
  chain.hold(1, at(seconds{90}));
  chain.set_ready(2, false);
  CHECK(choose(MessageClass::info).retry_at == at(minutes{1}));
  chain.hold(1, at(seconds{90}));
  CHECK(choose(MessageClass::info, only(0)).retry_at == at(seconds{90}));
}

TEST(Chain, aProviderThatTurnsOutQuickTakesMoreAtATime) {
  chain = Chain{{link("first")}};
  begin(0), begin(0);
  CHECK(chain.obstacle(0, now) == Obstacle::busy);
  chain.set_capacity(0, 3);
  takes(0);
  begin(0);
  chain.set_capacity(0, 2);  // Those under way go on; no more until they are fewer.
  CHECK(chain.obstacle(0, now) == Obstacle::busy);
  chain.end(0, false, Outcome::accepted, now);
  CHECK(chain.obstacle(0, now) == Obstacle::busy);
  chain.end(0, false, Outcome::accepted, now);
  takes(0);
}

TEST(Chain, anAttemptGivenUpLeavesNoTrace) {
  auto slow = link("slow");
  slow.rate_per_second = 1;
  slow.max_in_flight = 1;
  chain = Chain{{slow}};
  chain.abandon(0, begin(0));
  LONGS_EQUAL(0, chain.in_flight(0));
  takes(0);
  open(0);
  chain.abandon(0, begin(0, at(minutes{1})));
  CHECK(choose(MessageClass::info, 0, at(minutes{1})).kind == Kind::provider);  // the probe is still to be made
}

TEST(Chain, channelsDoNotMix) {
  auto mail = link("mail");
  mail.channel = Channel::email;
  chain = Chain{{mail, link("sms")}};
  takes(1);
  LONGS_EQUAL(1, chain.primary({}).value());
  LONGS_EQUAL(0, chain.primary({.channel = Channel::email}).value());
  CHECK_FALSE(chain.primary({.channel = Channel::whatsapp}).has_value());
  CHECK(chain.choose({.channel = Channel::whatsapp}, now).kind == Kind::exhausted);
}

TEST(Chain, thereIsAPathWhenAProviderIsUpEvenIfBusy) {
  CHECK_TRUE(chain.has_path(Channel::sms, now));
  chain.set_uplink(false);
  begin(2), begin(2), begin(2);
  CHECK_TRUE(chain.has_path(Channel::sms, now));
  chain.set_ready(2, false);
  CHECK_FALSE(chain.has_path(Channel::sms, now));
  CHECK_FALSE(chain.has_path(Channel::email, now));
}

TEST(Chain, anOpenBreakerIsNoPathEvenWhenItsProbeIsDue) {
  chain = Chain{{link("only")}};
  open(0);
  CHECK_FALSE(chain.has_path(Channel::sms, now));
  CHECK_FALSE(chain.has_path(Channel::sms, at(minutes{2})));  // else the alert would start anew with each probe
  const bool probe = begin(0, at(minutes{2}));
  CHECK_FALSE(chain.has_path(Channel::sms, at(minutes{2})));
  chain.end(0, probe, Outcome::accepted, at(minutes{2}));
  CHECK_TRUE(chain.has_path(Channel::sms, at(minutes{2})));
}

TEST(Chain, findsByName) {
  LONGS_EQUAL(2, chain.find("modem").value());
  CHECK_FALSE(chain.find("nobody").has_value());
}
