// Several modems as one provider (issue 4, item 7).
#include "firmware/modem/modem_pool.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <CppUTest/TestHarness.h>

#include "tests/unit/firmware/modem/modem_fixture.hpp"

using modem_sim::FaultKind;
using relay::Millis;
using relay::Outcome;

namespace {

relay::Task<> send_by(relay::providers::Provider& provider, std::shared_ptr<Sending> sending,
                      relay::SteadyTime deadline) {
  relay::providers::SendResult result = co_await provider.send({.message = &sending->message,
                                                                .attempt = 1,
                                                                .mark_as_repeat = false,
                                                                .deadline = deadline,
                                                                .life_left = std::chrono::hours{1}});
  sending->result = std::move(result);
}

}  // namespace

TEST_GROUP(ModemPool) {
  fakes::VirtualRuntime world;
  hal::SimSerialPorts ports{world.runtime()};
  modem_sim::ModemConfig config;
  std::array<modem::Settings, 2> settings;
  modem::PoolSettings pool_settings{.name = "modems", .members = {"a", "b"}, .sticky = false};
  Heard heard;
  std::array<std::unique_ptr<SimulatedModem>, 2> sims;
  std::unique_ptr<modem::ModemPool> pool;
  std::unique_ptr<relay::TaskGroup> group;
  int next_id = 1000;

  void setup() override {
    config.send.latency_min = config.send.latency_max = Millis{2000};
    settings[0].name = "a", settings[1].name = "b";
  }
  void start() {
    modem::ModemPorts news;
    news.on_receipt = [this](relay::outbox::Receipt receipt) { heard.receipts.push_back(std::move(receipt)); };
    news.on_inbound = [this](relay::outbox::InboundMessage m) { return take_inbound(heard, std::move(m)); };
    news.on_late_answer = [this](modem::LateAnswer answer) { heard.late.push_back(std::move(answer)); };
    pool = std::make_unique<modem::ModemPool>(world.runtime(), pool_settings);
    group = std::make_unique<relay::TaskGroup>(world.runtime());
    for (std::size_t i = 0; i < 2; ++i) {
      settings[i].line.device = "/dev/modem" + settings[i].name;
      sims[i] = std::make_unique<SimulatedModem>(world, ports.line(settings[i].line.device), config);
      pool->add(std::make_unique<modem::ModemProvider>(world.runtime(), settings[i], ports,
                                                       pool->ports_for(settings[i].name, news)));
      pool->members().back()->start(*group);
    }
    world.run_until([this] { return !member(0).not_ready() && !member(1).not_ready(); }, Millis{60'000});
    world.run_for(Millis{1000});
  }
  void teardown() override {
    if (group) world.run(group->stop());
    pool.reset();
    group.reset();
  }
  modem::ModemProvider& member(std::size_t i) { return *pool->members()[i]; }
  std::shared_ptr<Sending> begin(std::string text, std::string to = "+358401234567", Millis budget = Millis{300'000},
                                 int id = 0) {
    auto sending = std::make_shared<Sending>();
    sending->message.id = {id != 0 ? id : next_id++};
    sending->message.to = std::move(to);
    sending->message.content = relay::SmsContent{std::move(text)};
    group->spawn("test-send", send_by(*pool, sending, world.clock.steady() + budget));
    return sending;
  }
  relay::providers::SendResult finish(const std::shared_ptr<Sending>& sending) {
    world.run_until([&] { return sending->result.has_value(); }, Millis{600'000});
    return *sending->result;
  }
};

TEST(ModemPool, messagesAreSpreadOverItsModems) {
  start();
  LONGS_EQUAL(4, pool->traits().max_in_flight);
  std::vector<std::shared_ptr<Sending>> all;
  for (int i = 0; i < 4; ++i) all.push_back(begin("x"));
  for (const auto& sending : all) CHECK(finish(sending).outcome == Outcome::accepted);
  LONGS_EQUAL(2, sims[0]->accepted.size());
  LONGS_EQUAL(2, sims[1]->accepted.size());
  for (int i = 0; i < 4; ++i) finish(begin("one by one"));
  LONGS_EQUAL(4, sims[0]->accepted.size());
  LONGS_EQUAL(4, sims[1]->accepted.size());
}

TEST(ModemPool, referencesAndReceiptsNameTheMember) {
  config.send.report = modem_sim::ReportOutcome::delivered;
  start();
  const auto first = finish(begin("x"));
  const auto second = finish(begin("y"));
  STRCMP_EQUAL("a:0", first.receipt_refs.at(0).c_str());
  STRCMP_EQUAL("b:0", second.receipt_refs.at(0).c_str());
  world.run_for(Millis{60'000});
  LONGS_EQUAL(2, heard.receipts.size());
  STRCMP_EQUAL("modems", heard.receipts[0].provider.c_str());
  STRCMP_EQUAL("a:0", heard.receipts[0].ref.c_str());
}

TEST(ModemPool, theOtherOneTakesOverWithinTheSameAttempt) {
  start();
  sims[0]->inject(FaultKind::send_error, std::nullopt, 38);
  CHECK(finish(begin("x")).outcome == Outcome::accepted);
  LONGS_EQUAL(0, sims[0]->accepted.size());
  LONGS_EQUAL(1, sims[1]->accepted.size());
  sims[0]->inject(FaultKind::unplug);
  world.run_for(Millis{5000});
  CHECK_FALSE(pool->not_ready().has_value());
  for (int i = 0; i < 3; ++i) CHECK(finish(begin("y")).outcome == Outcome::accepted);
  sims[1]->inject(FaultKind::unplug);
  world.run_for(Millis{5000});
  STRCMP_CONTAINS("a: ", pool->not_ready()->c_str());
  STRCMP_CONTAINS("; b: ", pool->not_ready()->c_str());
}

TEST(ModemPool, aPrefixDecidesWhereThatIsAsked) {
  settings[0].prefixes = {"+358"};
  settings[1].prefixes = {"+46"};
  start();
  for (int i = 0; i < 3; ++i) CHECK(finish(begin("x", "+46701234567")).outcome == Outcome::accepted);
  LONGS_EQUAL(3, sims[1]->accepted.size());
  const auto refused = finish(begin("x", "+491711234567"));
  CHECK(refused.outcome == Outcome::refused);
  STRCMP_EQUAL("prefix", refused.code.c_str());
}

TEST(ModemPool, aStickyPoolKeepsToTheSim) {
  pool_settings.sticky = true;
  start();
  finish(begin("x", "+358401111111"));
  for (int i = 0; i < 4; ++i) finish(begin("x", "+358402222222"));
  LONGS_EQUAL(1, sims[0]->accepted.size());
  LONGS_EQUAL(4, sims[1]->accepted.size());
}

TEST(ModemPool, aSimAtItsLimitLeavesTheRestToTheOther) {
  settings[0].limits.per_hour = 1;
  start();
  for (int i = 0; i < 5; ++i) CHECK(finish(begin("x")).outcome == Outcome::accepted);
  LONGS_EQUAL(1, sims[0]->accepted.size());
  LONGS_EQUAL(4, sims[1]->accepted.size());
}

TEST(ModemPool, theMissingPartsGoByTheSimThatHasTheOthers) {
  start();
  const auto sending = begin(std::string(400, 'x'), "+358401234567", Millis{300'000}, 77);
  world.run_for(Millis{1000});  // the first part is at the modem: the second gets it
  sims[0]->inject(FaultKind::lost_before_acceptance);
  CHECK(finish(sending).outcome == Outcome::unknown);
  world.run_for(Millis{30'000});
  const auto repeat = finish(begin(std::string(400, 'x'), "+358401234567", Millis{300'000}, 77));
  CHECK(repeat.outcome == Outcome::accepted);
  LONGS_EQUAL(3, sims[0]->accepted.size());
  LONGS_EQUAL(0, sims[1]->accepted.size());
}

TEST(ModemPool, aRepeatThatWaitsElsewhereIsDroppedWhenTheFirstWasSent) {
  start();
  config.send.latency_min = config.send.latency_max = Millis{30'000};
  sims[0]->model().set_send_behaviour(config.send);
  config.send.latency_min = config.send.latency_max = Millis{40'000};
  sims[1]->model().set_send_behaviour(config.send);
  const auto first = begin("alarm", "+358401234567", Millis{10'000}, 500);
  begin("fills b");
  CHECK(finish(first).outcome == Outcome::unknown);
  const auto also_b = begin("fills a's line");
  const auto repeat = begin("alarm", "+358401234567", Millis{100'000}, 500);  // waits in some line
  const auto result = finish(repeat);
  CHECK(result.outcome == Outcome::unavailable);
  STRCMP_EQUAL("settled", result.code.c_str());
  LONGS_EQUAL(1, heard.late.size());
  STRCMP_EQUAL("modems", heard.late[0].provider.c_str());
  finish(also_b);
  int alarms = 0;
  for (const auto& sim : sims) {
    for (const auto& acceptance : sim->accepted) alarms += acceptance.submit.text == "alarm" ? 1 : 0;
  }
  LONGS_EQUAL(1, alarms);
}
