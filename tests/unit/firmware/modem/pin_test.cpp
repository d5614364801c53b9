#include <map>
#include <string>

#include <CppUTest/TestHarness.h>

#include "tests/unit/firmware/modem/modem_fixture.hpp"

using relay::Millis;
using relay::Outcome;
using relay::Task;

namespace {

/// What the store on the box's disk would be: it outlives the modem driver.
class RememberingStore final : public modem::SimMemory {
 public:
  Task<relay::Result<std::optional<std::string>>> recall(std::string key) override {
    if (broken) co_return relay::fail(relay::ErrorCode::io, "no disk");
    const auto found = facts.find(key);
    co_return found == facts.end() ? std::nullopt : std::optional{found->second};
  }
  Task<relay::Result<bool>> remember(std::string key, std::string value) override {
    if (broken) co_return relay::fail(relay::ErrorCode::io, "no disk");
    facts[key] = std::move(value);
    co_return true;
  }
  std::map<std::string, std::string> facts;
  bool broken = false;
};

}  // namespace

struct SimPinFixture : ModemProviderFixture {
  RememberingStore store;

  void setup() override {
    ModemProviderFixture::setup();
    sim_memory = &store;
    config.pin = "1234";
  }
  /// The daemon dies and comes back; the modem stays.
  void restart_daemon() {
    world.run(group->stop());
    provider.reset();
    group.reset();
    start();
  }
  [[nodiscard]] int tries() const {
    int count = 0;
    for (auto at = sim->heard.find("AT+CPIN=\""); at != std::string::npos; at = sim->heard.find("AT+CPIN=\"", at + 1))
      ++count;
    return count;
  }
};

TEST_GROUP_BASE(SimPin, SimPinFixture){};

TEST(SimPin, aRefusedPinIsNeverTriedAgainAcrossRestarts) {
  settings.pin = "0000";
  start();
  for (int boot = 0; boot < 5; ++boot) {
    world.run_for(Millis{600'000});
    restart_daemon();
  }
  world.run_for(Millis{60'000});
  LONGS_EQUAL(1, tries());
  STRCMP_CONTAINS("this SIM has refused it before; correct pin", provider->not_ready()->c_str());
  LONGS_EQUAL(1, store.facts.size());
  STRCMP_EQUAL("sim-pin/8935891000000000001", store.facts.begin()->first.c_str());
  CHECK(store.facts.begin()->second.find("0000") == std::string::npos);
}

TEST(SimPin, aSimThatIsTooBusyToLookHasRefusedNothing) {
  settings.pin = "1234";
  config.answer_delay = Millis{100};
  start();
  world.run_until([&] { return sim->heard.find("AT+CIMI") != std::string::npos; }, Millis{120'000});
  LONGS_EQUAL(0, tries());
  sim->inject(modem_sim::FaultKind::sim_busy, Millis{60'000});
  world.run_until([&] { return tries() == 1; }, Millis{60'000});
  LONGS_EQUAL(1, tries());
  world.run_for(Millis{300'000});
  CHECK_FALSE(provider->not_ready().has_value());
}

TEST(SimPin, aTryWhoseAnswerWasNeverHeardIsMadeAgainWhileAllTriesAreLeft) {
  settings.pin = "1234";
  config.answer_delay = Millis{2'000};
  start();
  world.run_until([&] { return tries() == 1; }, Millis{120'000});
  restart_daemon();  // before the answer
  sim->model().restart(sim->now());
  sim->settle();
  world.run_for(Millis{300'000});
  LONGS_EQUAL(2, tries());
  CHECK_FALSE(provider->not_ready().has_value());
}

TEST(SimPin, aCorrectedPinIsTriedWhileTwoTriesAreLeft) {
  settings.pin = "0000";
  start();
  world.run_for(Millis{60'000});
  settings.pin = "1234";
  restart_daemon();
  world.run_for(Millis{60'000});
  LONGS_EQUAL(2, tries());
  CHECK_FALSE(provider->not_ready().has_value());
}

TEST(SimPin, theLastTryIsLeftToAPerson) {
  for (const char* pin : {"0000", "1111", "2222"}) {
    settings.pin = pin;
    provider ? restart_daemon() : start();
    world.run_for(Millis{60'000});
  }
  LONGS_EQUAL(2, tries());
  STRCMP_CONTAINS("fewer than two tries are left", provider->not_ready()->c_str());
}

TEST(SimPin, aStoreThatCannotRememberMeansNoTry) {
  settings.pin = "1234";
  store.broken = true;
  start();
  world.run_for(Millis{60'000});
  LONGS_EQUAL(0, tries());
  store.broken = false;
  world.run_for(Millis{60'000});
  LONGS_EQUAL(1, tries());
  CHECK_FALSE(provider->not_ready().has_value());
}

TEST(SimPin, aPinThatWasTakenIsTakenAgain) {
  settings.pin = "1234";
  start_ready();
  sim->model().restart(sim->now());
  sim->settle();
  world.run_for(Millis{60'000});
  CHECK_FALSE(provider->not_ready().has_value());
  LONGS_EQUAL(2, tries());
}

TEST(SimPin, aBlockedSimIsAnAlarmAndThePukIsNeverTouched) {
  config.sim_present = false;
  start();
  world.run_for(Millis{60'000});
  STRCMP_EQUAL("no SIM: put one in", provider->not_ready()->c_str());
  LONGS_EQUAL(1, heard.alarms.size());
  STRCMP_EQUAL("sim_absent", heard.alarms[0].kind.c_str());
  CHECK(sim->heard.find("AT+CPIN=") == std::string::npos);
}
