// Every way in which a modem hangs: it comes back within two minutes of its own time, without a restart of the program,
// nothing is lost and nothing goes out twice but after an `unknown` (issue 4, item 4).
#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include <CppUTest/TestHarness.h>

#include "tests/unit/firmware/modem/modem_fixture.hpp"

using modem_sim::FaultKind;
using relay::Millis;
using relay::Outcome;

struct HangsFixture : ModemProviderFixture {
  struct Row {
    const char* name;
    std::function<void(HangsFixture&)> strike;
  };

  void setup() override {
    ModemProviderFixture::setup();
    ports.link(device, "/dev/ttyUSB2");
    ports.put_on_usb("/dev/ttyUSB2", {"1e0e:9001", "02", "1-1.2"});
    ports.put_on_usb("/dev/ttyUSB4", {"1e0e:9001", "02", "1-1.2"});
    sim = std::make_unique<SimulatedModem>(world, ports.line("/dev/ttyUSB2"), config);
  }

  /// A message as the dispatcher sends it: again after anything that was certainly not sent, and after an unknown once
  /// its settling time is over. How often it was unknown.
  int send_until_accepted(const std::string& text, relay::SteadyTime give_up) {
    int unknown = 0;
    auto sending = begin(text);
    while (true) {
      const auto result = finish(sending);
      if (result.outcome == Outcome::accepted) return unknown;
      unknown += result.outcome == Outcome::unknown ? 1 : 0;
      CHECK_TEXT(world.clock.steady() < give_up, result.detail.c_str());
      world.run_for(Millis{1000});
      sending = begin(text);
    }
  }

  [[nodiscard]] int copies_of(const std::string& text) const {
    return static_cast<int>(
        std::ranges::count_if(sim->accepted, [&](const auto& acceptance) { return acceptance.submit.text == text; }));
  }

  void check(const Row& row) {
    start_ready();
    send_until_accepted("before", world.clock.steady() + Millis{60'000});
    const auto struck_at = world.clock.steady();
    row.strike(*this);
    sim->settle();
    const int unknown = send_until_accepted("meanwhile", struck_at + Millis{300'000});
    const auto took = world.clock.steady() - struck_at;
    CHECK_TEXT(took <= Millis{120'000}, (std::string{row.name} + ": " + std::to_string(took.count()) + " ms").c_str());
    send_until_accepted("after", world.clock.steady() + Millis{60'000});
    CHECK_TEXT(copies_of("meanwhile") >= 1 && copies_of("meanwhile") <= 1 + unknown, row.name);
    LONGS_EQUAL_TEXT(1, copies_of("after"), row.name);
    CHECK_FALSE_TEXT(provider->not_ready().has_value(), row.name);
  }
};

TEST_GROUP_BASE(Hangs, HangsFixture){};

namespace {

std::function<void(HangsFixture&)> fault(FaultKind kind, std::optional<Millis> duration = std::nullopt) {
  return [=](HangsFixture& t) { t.sim->inject(kind, duration); };
}

std::function<void(HangsFixture&)> lasting(FaultKind kind) {
  return [=](HangsFixture& t) { t.sim->model().inject({.kind = kind, .count = -1}, t.sim->now()); };
}

void comes_back_elsewhere(HangsFixture& t) {
  t.sim->model().unplug(std::nullopt, t.sim->now());
  t.sim->settle();
  t.sim->move_to(t.ports.line("/dev/ttyUSB4"));
  t.ports.link(device, "/dev/ttyUSB4");
  t.world.run_for(Millis{8000});
  t.sim->model().plug(t.sim->now());
}

}  // namespace

// One test a kind, so that a failure names it and each has a fresh world.
#define HANG(name, ...) \
  TEST(Hangs, name) { check({#name, __VA_ARGS__}); }

HANG(noPrompt, fault(FaultKind::no_prompt))
HANG(silentPrompt, fault(FaultKind::silent_prompt))
HANG(promptWithoutSpace, lasting(FaultKind::bare_prompt))
HANG(unaskedLineInThePrompt, fault(FaultKind::urc_in_prompt))
HANG(lostOk, fault(FaultKind::lost_ok))
HANG(silenceAfterAcceptance, fault(FaultKind::lost_after_acceptance))
HANG(silenceWithoutAcceptance, fault(FaultKind::lost_before_acceptance))
HANG(echoBackOn, fault(FaultKind::echo_on))
HANG(unaskedStorm, [](HangsFixture& t) {
  t.sim->model().inject({.kind = FaultKind::urc_storm, .count_of_bytes = 2000}, t.sim->now());
})
HANG(garbage, fault(FaultKind::garbage))
HANG(lineNoise, fault(FaultKind::line_noise))
HANG(halfLine, fault(FaultKind::half_line))
HANG(rebootBeforeAcceptance, fault(FaultKind::reboot_before_acceptance))
HANG(rebootAfterAcceptance, fault(FaultKind::reboot_after_acceptance))
HANG(portGoneAndBack, fault(FaultKind::unplug, Millis{20'000}))
HANG(portGoneAndBackUnderAnotherName, comes_back_elsewhere)
HANG(simBusy, fault(FaultKind::sim_busy, Millis{30'000}))
HANG(storeFull, fault(FaultKind::store_full, Millis{30'000}))
HANG(registeredButEverySendFails, lasting(FaultKind::stale_radio))
HANG(hangsUntilOpenedAnew, fault(FaultKind::hang))
HANG(hangsForAMinute, fault(FaultKind::hang, Millis{60'000}))
HANG(deadUntilItsUsbIsReset, fault(FaultKind::dead))
HANG(networkLost, fault(FaultKind::deregister, Millis{60'000}))

TEST(Hangs, deadForGoodIsGivenUpWithAnAlarmAndNoResetLoop) {
  start_ready();
  world.run_for(Millis{1000});
  ports.line("/dev/ttyUSB2").on_attached(nullptr);  // USB resets do nothing
  sim->inject(FaultKind::dead);
  check_outcome(Outcome::unavailable, finish(begin("x")));
  world.run_for(std::chrono::hours{1});
  CHECK(heard.alarms.size() >= 1);
  STRCMP_EQUAL("given_up", heard.alarms.back().kind.c_str());
  const auto status = provider->status();
  const auto of = [&](modem::Rung rung) { return status.rungs[static_cast<std::size_t>(rung)]; };
  CHECK(of(modem::Rung::restart_modem) + of(modem::Rung::usb_reset) <= 4);
  CHECK(status.gave_up >= 1);
  CHECK(world.log.contains("modem_gave_up"));
  CHECK(world.log.contains("power_cycle (the board has no line for it)"));
  sim->model().restart(sim->now());  // a person has switched it off and on
  sim->settle();
  world.run_for(Millis{60'000});
  CHECK_FALSE(provider->not_ready().has_value());
  CHECK_FALSE(heard.alarms.back().raised);
}

TEST(Hangs, thePowerKeyIsUsedWhereTheBoardHasOne) {
  relay::SteadyTime on_again{};
  use_power = [&] {
    on_again = sim->now();
    sim->model().restart(on_again), sim->settle();
  };
  start_ready();
  ports.line("/dev/ttyUSB2").on_attached(nullptr);
  sim->inject(FaultKind::dead);
  const auto began = world.clock.steady();
  send_until_accepted("x", began + Millis{300'000});
  const hal::PowerTimes times;
  CHECK(on_again - times.on_pulse - times.off_wait - times.off_pulse - began <= Millis{120'000});
  CHECK(world.clock.steady() - on_again <= times.ready_wait + Millis{20'000});
  LONGS_EQUAL(2, pulses);
  LONGS_EQUAL(1, provider->status().rungs[static_cast<std::size_t>(modem::Rung::power_cycle)]);
}

TEST(Hangs, thePowerOfTheUsbPortIsUsedWhereTheHubHasASwitch) {
  ports.put_on_usb("/dev/ttyUSB2", {"1e0e:9001", "02", "1-1", "1-0:1.0/usb1-port1"});
  start_ready();
  ports.line("/dev/ttyUSB2").on_attached(nullptr);
  int offs = 0;
  ports.line("/dev/ttyUSB2").on_powered([&](bool on) {
    on ? sim->model().restart(sim->now()) : void(++offs);
    sim->settle();
  });
  sim->inject(FaultKind::dead);
  send_until_accepted("x", world.clock.steady() + Millis{300'000});
  LONGS_EQUAL(1, offs);
  LONGS_EQUAL(1, provider->status().rungs[static_cast<std::size_t>(modem::Rung::power_cycle)]);
}

TEST(Hangs, aNetworkThatStaysAwayGetsARadioCycleAfterTenMinutes) {
  start_ready();
  sim->inject(FaultKind::deregister);
  world.run_for(Millis{9 * 60'000});
  LONGS_EQUAL(0, provider->status().recoveries);
  world.run_for(Millis{3 * 60'000});
  LONGS_EQUAL(1, provider->status().rungs[static_cast<std::size_t>(modem::Rung::radio_cycle)]);
  sim->model().set_registration(std::nullopt, 3, sim->now());  // denied: no reset cures that
  sim->settle();
  world.run_for(std::chrono::hours{2});
  CHECK(provider->status().recoveries <= 2);
  STRCMP_EQUAL("registration_denied", heard.alarms.back().kind.c_str());
}
