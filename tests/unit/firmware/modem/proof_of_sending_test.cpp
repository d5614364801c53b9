// "Registered" proves nothing: the canary, and what follows a run of failures (issue 4, item 5).
#include <string>

#include <CppUTest/TestHarness.h>

#include "tests/unit/firmware/modem/modem_fixture.hpp"

using modem_sim::FaultKind;
using relay::Millis;
using relay::Outcome;

struct ProofFixture : ModemProviderFixture {
  void setup() override {
    ModemProviderFixture::setup();
    config.send.latency_min = config.send.latency_max = Millis{500};
    settings.failure_run = 3;
  }
  void fail_all(int code) {
    sim->model().inject({.kind = FaultKind::send_error, .count = -1, .code = code}, sim->now());
  }
  int send_many(int count) {
    int accepted = 0;
    for (int i = 0; i < count; ++i) {
      accepted += finish(begin("x")).outcome == Outcome::accepted ? 1 : 0;
      world.run_for(Millis{5000});
    }
    return accepted;
  }
};

TEST_GROUP_BASE(ProofOfSending, ProofFixture){};

TEST(ProofOfSending, aPathThatSendsNothingForGoodIsTakenDownWithAnAlarm) {
  start_ready();
  fail_all(38);
  LONGS_EQUAL(0, send_many(20));
  const auto obstacle = provider->obstacle();
  CHECK(obstacle && obstacle->kind == modem::ObstacleKind::not_sending);
  STRCMP_CONTAINS("registered, but 9 sends in a row failed (CMS 38, network out of order)",
                  provider->not_ready()->c_str());
  STRCMP_EQUAL("not_sending", heard.alarms.back().kind.c_str());
  const auto& rungs = provider->status().rungs;
  LONGS_EQUAL(1, rungs[static_cast<std::size_t>(modem::Rung::radio_cycle)]);
  LONGS_EQUAL(1, rungs[static_cast<std::size_t>(modem::Rung::restart_modem)]);

  world.run_for(Millis{16 * 60'000});  // then one message may show whether it works again
  CHECK_FALSE(provider->not_ready().has_value());
  LONGS_EQUAL(0, send_many(1));
  CHECK(provider->not_ready().has_value());
  sim->model().clear_faults(sim->now());
  world.run_for(Millis{31 * 60'000});
  LONGS_EQUAL(2, send_many(2));
  CHECK_FALSE(heard.alarms.back().raised);
}

TEST(ProofOfSending, aLackOfCreditNeverCausesAReset) {
  start_ready();
  fail_all(29);
  LONGS_EQUAL(0, send_many(5));
  STRCMP_CONTAINS("look for credit", provider->not_ready()->c_str());
  STRCMP_EQUAL("no_credit", heard.alarms.back().kind.c_str());
  LONGS_EQUAL(0, provider->status().recoveries);
}

TEST(ProofOfSending, theCanaryGoesToTheSimsOwnNumberAndIsNobodysMessage) {
  config.own_number = "+358409990001";
  start_ready();
  world.run_for(std::chrono::hours{23});
  LONGS_EQUAL(0, sim->accepted.size());
  world.run_for(Millis{90 * 60'000});
  LONGS_EQUAL(1, sim->accepted.size());
  STRCMP_EQUAL("+358409990001", sim->accepted[0].submit.to.c_str());
  CHECK(provider->status().last_sent_at.has_value());
  LONGS_EQUAL(1, provider->status().canaries_sent);
  CHECK(sim->model().deliver({.from = "+358409990001", .text = sim->accepted[0].submit.text}, sim->now()).has_value());
  sim->settle();
  world.run_for(Millis{10'000});
  LONGS_EQUAL(0, heard.inbound.size());
  CHECK(sim->heard.find("AT+CMGD=") != std::string::npos);
  LONGS_EQUAL(0, heard.late.size());
}

TEST(ProofOfSending, aMessageIsProofEnough) {
  settings.canary_number = "+358409990001";
  start_ready();
  for (int hours = 0; hours < 48; hours += 6) {
    world.run_for(std::chrono::hours{6});
    LONGS_EQUAL(1, send_many(1));
  }
  LONGS_EQUAL(0, provider->status().canaries_sent);
}

TEST(ProofOfSending, theCanaryFindsAPathThatSendsNothingAndOneThatIsWellAgain) {
  settings.canary_number = "+358409990001";
  settings.canary_interval = std::chrono::hours{1};
  start_ready();
  fail_all(38);
  world.run_for(std::chrono::hours{3});
  CHECK(provider->status().canaries_failed >= 3);
  STRCMP_EQUAL("not_sending", heard.alarms.back().kind.c_str());
  sim->model().clear_faults(sim->now());
  world.run_for(std::chrono::hours{8});
  CHECK_FALSE(provider->not_ready().has_value());
  CHECK_FALSE(heard.alarms.back().raised);
}

TEST(ProofOfSending, noneWithoutANumberOrWithAnIntervalOfZero) {
  start_ready();
  world.run_for(std::chrono::hours{50});
  LONGS_EQUAL(0, sim->accepted.size());
}

TEST(ProofOfSending, roamingIsRefusedWhereItIsSet) {
  config.registration = 5;
  settings.allow_roaming = false;
  start();
  world.run_for(Millis{30'000});
  STRCMP_EQUAL("registered in a foreign network only: set allow_roaming to send there", provider->not_ready()->c_str());
  check_outcome(Outcome::unavailable, finish(begin("x")));
  LONGS_EQUAL(0, sim->accepted.size());
}

TEST(ProofOfSending, aSimWithoutAServiceCentreIsExplained) {
  config.smsc = "";
  start();
  world.run_for(Millis{30'000});
  STRCMP_EQUAL("the SIM has no service centre number: set service_centre", provider->not_ready()->c_str());
}

TEST(ProofOfSending, lteAloneIsEnough) {
  start_ready();
  sim->model().set_registration(modem_sim::Domain::circuit, 0, sim->now());
  sim->model().set_registration(modem_sim::Domain::packet, 4, sim->now());
  sim->settle();
  world.run_for(Millis{1000});
  CHECK_FALSE(provider->not_ready().has_value());
  LONGS_EQUAL(1, send_many(1));
}
