#pragma once

#include <string>
#include <string_view>

#include <CppUTest/TestHarness.h>

#include "tools/modem-sim/model/modem_model.hpp"
#include "tools/modem-sim/seeded_random.hpp"

/// A modem on the bench, in virtual time.
class ModemBench {
 public:
  explicit ModemBench(modem_sim::ModemConfig config = {}) : modem(std::move(config), random, now) {}

  /// Types a command line with its CR and returns all that the modem says at once.
  std::string type(std::string_view line) { return raw(std::string{line} + "\r"); }
  std::string raw(std::string_view bytes) {
    modem.receive(bytes, now);
    return modem.take_output();
  }
  std::string wait(std::int64_t ms) {
    now += relay::Millis{ms};
    modem.advance(now);
    return modem.take_output();
  }
  /// AT+CMGS, the PDU and Ctrl-Z; returns what came after the prompt.
  std::string send(std::string_view pdu = hello) {
    type("AT+CMGS=" + std::to_string(pdu.size() / 2 - 1));
    return raw(std::string{pdu} + "\x1a");
  }
  void quiet() { type("ATE0"); }
  /// How many events of this name there were since the last call of `events`.
  std::size_t count(std::string_view name) {
    for (auto& event : modem.take_log()) log.push_back(std::move(event));
    std::size_t found = 0;
    for (const auto& event : log) found += event.name == name ? 1 : 0;
    return found;
  }
  modem_sim::Acceptance last_accepted() {
    count("");
    modem_sim::Acceptance last;
    for (const auto& event : log) {
      if (event.acceptance) last = *event.acceptance;
    }
    return last;
  }

  /// "hellohello" to +46708251358, valid for four days, no report asked; and the same with a report asked.
  static constexpr std::string_view hello = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37";
  static constexpr std::string_view hello_with_report = "0031000B916407281553F80000AA0AE8329BFD4697D9EC37";

  modem_sim::SeededRandom random{7};
  relay::SteadyTime now{relay::Millis{1'000'000}};
  modem_sim::ModemModel modem;
  std::vector<modem_sim::Event> log;
};

inline modem_sim::ModemConfig with_send(const modem_sim::SendBehaviour& send) {
  modem_sim::ModemConfig config;
  config.send = send;
  return config;
}

#define SAYS(expected, actual) STRCMP_EQUAL(std::string{expected}.c_str(), std::string{actual}.c_str())
