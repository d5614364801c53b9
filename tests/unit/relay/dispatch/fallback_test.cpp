#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/dispatch/dispatch_world.hpp"

using namespace relay;
using dispatch_test::DispatchWorld;
using fakes::ScriptedProvider;
using std::chrono::minutes;
using std::chrono::seconds;
using enum Outcome;

/// Across channels: WhatsApp, then SMS by a cloud, then the modem. One message, one journal.
TEST_GROUP(DispatchFallback) {
  DispatchWorld w;
  ScriptedProvider* cloud = nullptr;
  ScriptedProvider* modem = nullptr;
  ScriptedProvider* first = nullptr;
  ScriptedProvider* second = nullptr;

  void setup() override {
    cloud = &w.add("cloud");
    auto traits = ScriptedProvider::traits_of("modem");
    traits.needs_uplink = false;
    modem = &w.add(traits);
    for (auto* place : {&first, &second}) {
      auto of_whatsapp = ScriptedProvider::traits_of(place == &first ? "wa1" : "wa2");
      of_whatsapp.channel = Channel::whatsapp;
      *place = &w.add(of_whatsapp);
    }
  }
  MessageId store(MessageClass message_class = MessageClass::info, bool with_fallback = true) {
    return w.store(message_class, "", [with_fallback](Message& message) {
      message.channel = Channel::whatsapp;
      message.content = SmsContent{"on WhatsApp"};
      if (with_fallback) message.fallback = Fallback{.channel = Channel::sms, .text = "by SMS"};
    });
  }
  std::vector<std::string> tried(MessageId id) {
    std::vector<std::string> names;
    for (const auto& attempt : w.record(id).attempts) names.push_back(attempt.provider);
    return names;
  }
  using Names = std::vector<std::string>;
};

TEST(DispatchFallback, refusalsMoveOnAtOnceAndEachProviderGetsItsOwnChannelsText) {
  first->will(refused);
  second->will(refused);
  cloud->will(refused);
  w.start();
  const auto id = store();
  w.run_for(seconds{1});
  CHECK(tried(id) == (Names{"wa1", "wa2", "cloud", "modem"}));
  CHECK(w.state(id) == State::sent);
  STRCMP_EQUAL("on WhatsApp", second->sent.at(0).text.c_str());
  CHECK(second->sent[0].channel == Channel::whatsapp);
  STRCMP_EQUAL("by SMS", modem->sent.at(0).text.c_str());
  CHECK(modem->sent[0].channel == Channel::sms && modem->sent[0].attempt == 4);
}

TEST(DispatchFallback, aRefusalForTheWholeChannelSkipsItsOtherProviders) {
  first->steps = {{.outcome = refused, .channel_refused = true}};
  w.start();
  const auto id = store();
  w.run_for(seconds{1});
  CHECK(tried(id) == (Names{"wa1", "cloud"}));

  first->steps = {{.outcome = refused, .channel_refused = true}};
  const auto alone = store(MessageClass::info, false);
  w.run_for(seconds{1});
  CHECK(tried(alone) == Names{"wa1"});
  CHECK(w.state(alone) == State::failed);
}

TEST(DispatchFallback, withoutUplinkTheModemTakesItAtOnce) {
  w.start();
  w.dispatcher->set_uplink(false);
  const auto id = store(MessageClass::alarm);
  w.run_for(seconds{1});
  CHECK(tried(id) == Names{"modem"});
}

TEST(DispatchFallback, anUnknownOutcomeHoldsTheStepAsItsClassDemands) {
  first->will(unknown, 6);
  second->will(unknown, 6);
  w.start();
  const auto alarm = store(MessageClass::alarm);
  w.run_for(seconds{1});
  CHECK(tried(alarm) == (Names{"wa1", "wa2", "cloud"}));  // at most three copies, the third is said to be a repeat
  CHECK_TRUE(cloud->sent.at(0).marked_as_repeat);
  const auto info = store(MessageClass::info);
  w.run_for(minutes{14});
  CHECK(tried(info) == Names{"wa1"});
  w.run_for(minutes{2});
  LONGS_EQUAL(2, tried(info).size());
  const auto once = store(MessageClass::once);
  w.run_for(minutes{20});
  CHECK(tried(once) == Names{"wa1"});
  CHECK(w.state(once) == State::unknown);
}

TEST(DispatchFallback, aLateRefusalGoesOnToTheFallback) {
  w.start();
  const auto id = store(MessageClass::once);
  w.run_for(seconds{1});
  CHECK(w.state(id) == State::sent);
  outbox::Receipt receipt{.provider = "wa1",
                          .ref = "wa1-1",
                          .status = ReceiptStatus::failed,
                          .code = "63003",
                          .at = w.world.clock.wall(),
                          .refused = true,
                          .channel_refused = true};
  const auto applied = w.world.run(w.outbox->apply(receipt));
  CHECK(applied->moved_on);
  w.dispatcher->refused_late(id, "wa1", receipt.channel_refused);
  w.run_for(seconds{1});
  CHECK(tried(id) == (Names{"wa1", "cloud"}));
  CHECK(w.state(id) == State::sent);
  LONGS_EQUAL(1, w.record(id).message.copies);
}

TEST(DispatchFallback, aLeaderTakesItsShareAndGivesItBackWithoutLoss) {
  w.start();
  CHECK_FALSE(w.dispatcher->set_leader(Channel::whatsapp, "cloud", 50));
  CHECK_FALSE(w.dispatcher->set_leader(Channel::whatsapp, "nobody", 50));
  CHECK_TRUE(w.dispatcher->set_leader(Channel::whatsapp, "wa2", 25));
  for (int i = 0; i < 400; ++i) store(MessageClass::bulk);
  w.run_for(seconds{5});
  CHECK_TRUE(w.dispatcher->set_leader(Channel::whatsapp, "", 100));  // rolled back while they are under way
  w.run_for(minutes{5});
  const auto by_second = second->sent.size();
  LONGS_EQUAL(400, first->sent.size() + by_second);
  for (int i = 0; i < 20; ++i) store(MessageClass::bulk);
  w.run_for(minutes{1});
  LONGS_EQUAL(by_second, second->sent.size());
}

TEST(DispatchFallback, aShareIsOneOfMessages) {
  w.start();
  CHECK_TRUE(w.dispatcher->set_leader(Channel::whatsapp, "wa2", 25));
  for (int i = 0; i < 400; ++i) store(MessageClass::bulk);
  w.run_for(minutes{10});
  LONGS_EQUAL(400, first->sent.size() + second->sent.size());
  CHECK(second->sent.size() > 60 && second->sent.size() < 140);
}
