#include <CppUTest/TestHarness.h>

#include "relay/chain/chain.hpp"

using namespace relay;
using namespace relay::chain;
using Kind = Choice::Kind;
using std::chrono::seconds;

namespace {

const SteadyTime now = SteadyTime{Millis{10'000'000}};

LinkSettings link(std::string name, Channel channel, bool needs_uplink = true) {
  return {.name = std::move(name), .channel = channel, .needs_uplink = needs_uplink, .max_in_flight = 2};
}

}  // namespace

/// WhatsApp before SMS before the modem, as a message with a fallback goes.
TEST_GROUP(ChainChannels) {
  Chain chain{{link("cloud", Channel::sms), link("modem", Channel::sms, false), link("wa1", Channel::whatsapp),
               link("wa2", Channel::whatsapp)}};
  Chain::Ask ask{.channel = Channel::whatsapp, .then = Channel::sms};

  void takes(ProviderIndex index) {
    const Choice choice = chain.choose(ask, now);
    CHECK(choice.kind == Kind::provider);
    LONGS_EQUAL(index, choice.index);
  }
  void begin(ProviderIndex index) {
    bool probe = false;
    chain.begin(index, now, probe);
  }
  int led(int draws_led_by) {
    int led = 0;
    for (ask.draw = 0; ask.draw < 100; ++ask.draw) {
      if (chain.choose(ask, now).index == static_cast<ProviderIndex>(draws_led_by)) ++led;
    }
    return led;
  }
};

TEST(ChainChannels, theFallbacksProvidersComeAfterAllOfTheFirst) {
  for (const ProviderIndex expected : {2, 3, 0, 1}) {
    takes(expected);
    ask.excluded |= only(expected);
  }
  CHECK(chain.choose(ask, now).kind == Kind::exhausted);
  CHECK_FALSE(chain.any_left(ask));
}

TEST(ChainChannels, withoutAFallbackItStaysInItsChannel) {
  ask.then.reset();
  ask.excluded = chain.all_of(Channel::whatsapp);
  CHECK(chain.choose(ask, now).kind == Kind::exhausted);
  CHECK_FALSE(chain.any_left(ask));
  ask.excluded = only(2);
  chain.set_uplink(false);
  CHECK(chain.choose(ask, now).kind == Kind::no_path);
}

TEST(ChainChannels, withoutUplinkTheModemTakesIt) {
  chain.set_uplink(false);
  takes(1);
}

TEST(ChainChannels, whatIsOnlyBusyIsWaitedForButNotByAlarms) {
  begin(2), begin(2);
  CHECK(chain.choose(ask, now).kind == Kind::wait);
  begin(2);  // the place that is kept for alarms
  begin(3), begin(3), begin(3);
  ask.message_class = MessageClass::alarm;
  takes(0);
}

TEST(ChainChannels, theFirstProbeOfEitherChannelWakesIt) {
  Chain small{{link("cloud", Channel::sms), link("wa", Channel::whatsapp)}};
  for (const ProviderIndex index : {0, 1}) {
    bool probe = false;
    small.begin(index, now + seconds{index == 0 ? 5 : 0}, probe);
    small.end(index, probe, Outcome::account, now + seconds{index == 0 ? 5 : 0});
  }
  const Choice choice = small.choose(ask, now + seconds{6});
  CHECK(choice.kind == Kind::no_path);
  CHECK(choice.retry_at == small.breaker(1).probe_at());
}

TEST(ChainChannels, aLeaderGoesFirstForItsShareAndTheOrderHoldsBehindIt) {
  for (const int percent : {0, 10, 25, 50, 100}) {
    chain.set_leader(Channel::whatsapp, Chain::Leader{.index = 3, .percent = percent});
    LONGS_EQUAL(percent, led(3));
  }
  chain.set_leader(Channel::whatsapp, Chain::Leader{.index = 3, .percent = 10});
  ask.draw = 9;
  LONGS_EQUAL(3, chain.primary(ask).value());
  ask.excluded = only(3);
  takes(2);  // then the others, as before
  ask.excluded = 0;
  ask.draw = 10;
  takes(2);
  ask.draw = 0;
  chain.set_leader(Channel::whatsapp, std::nullopt);
  takes(2);
  ask.channel = Channel::sms;
  takes(0);  // a leader of one channel leads no other
}
