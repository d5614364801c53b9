#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::Fault;
using modem_sim::FaultKind;
using relay::Millis;

TEST_GROUP(Faults) {
  ModemBench bench{with_send({.latency_min = Millis{50}, .latency_max = Millis{50}})};
  void setup() override { bench.type("ATE0;+CNMI=2,1,0,1,0;+CREG=1"); }
  void arm(Fault fault) { bench.modem.inject(fault, bench.now); }
  void arm(FaultKind kind) { arm(Fault{.kind = kind}); }
  static constexpr const char* sent = "\r\n+CMGS: 0\r\n\r\nOK\r\n";
  static constexpr const char* fine = "\r\nOK\r\n";
};

TEST(Faults, noPromptLosesTheCommandOnce) {
  arm(FaultKind::no_prompt);
  SAYS("", bench.type("AT+CMGS=23"));
  SAYS(fine, bench.type("AT"));
  SAYS("\r\n> ", bench.type("AT+CMGS=23"));
}

TEST(Faults, aSilentPromptIsLeftByEscape) {
  arm(FaultKind::silent_prompt);
  SAYS("", bench.type("AT+CMGS=23"));
  SAYS("", bench.type("AT"));
  SAYS(fine, bench.raw("\x1b\r"));
}

TEST(Faults, promptWithoutSpaceAndWithAnUnaskedLineInside) {
  arm(FaultKind::bare_prompt);
  SAYS("\r\n>", bench.type("AT+CMGS=23"));
  bench.raw("\x1b");
  arm(FaultKind::urc_in_prompt);
  SAYS("\r\n>\r\n+CMTI: \"SM\",1\r\n ", bench.type("AT+CMGS=23"));
}

TEST(Faults, errorForTheNextTwoSends) {
  arm({.kind = FaultKind::send_error, .count = 2, .code = 38});
  for (int i = 0; i < 2; ++i) {
    bench.send();
    SAYS("\r\n+CMS ERROR: 38\r\n", bench.wait(50));
  }
  bench.send();
  SAYS(sent, bench.wait(50));
}

TEST(Faults, everySendFailsForAWhile) {
  arm({.kind = FaultKind::send_error, .count = -1, .duration = Millis{1000}});
  for (int i = 0; i < 10; ++i) {
    bench.send();
    SAYS("\r\n+CMS ERROR: 500\r\n", bench.wait(50));
  }
  bench.wait(500);
  bench.send();
  SAYS(sent, bench.wait(50));
}

TEST(Faults, silenceBeforeAndAfterAcceptance) {
  arm({.kind = FaultKind::lost_before_acceptance, .duration = Millis{400}});
  bench.send();
  SAYS("", bench.wait(449));
  SAYS("", bench.type("AT"));
  bench.wait(1);
  SAYS(fine, bench.type("AT"));
  LONGS_EQUAL(0, bench.count("accepted"));
  arm(FaultKind::lost_after_acceptance);
  bench.send();
  SAYS("", bench.wait(60'000));
  LONGS_EQUAL(1, bench.count("accepted"));
  SAYS(fine, bench.type("AT"));
}

TEST(Faults, rebootInMidSend) {
  arm(FaultKind::reboot_before_acceptance);
  bench.send();
  SAYS("", bench.wait(1000));
  STRCMP_CONTAINS("RDY", bench.wait(10'000).c_str());
  LONGS_EQUAL(0, bench.count("accepted"));
  bench.quiet();
  arm(FaultKind::reboot_after_acceptance);
  bench.send();
  STRCMP_CONTAINS("RDY", bench.wait(10'000).c_str());
  LONGS_EQUAL(1, bench.count("accepted"));
}

TEST(Faults, hangEndsByTimeOrByReopening) {
  arm({.kind = FaultKind::hang, .duration = Millis{300}});
  SAYS("", bench.type("AT"));
  bench.modem.line_opened(bench.now);
  SAYS("", bench.type("AT"));
  bench.wait(300);
  SAYS(fine, bench.type("AT"));
  arm(FaultKind::hang);
  bench.wait(3'600'000);
  SAYS("", bench.type("AT"));
  bench.modem.line_opened(bench.now);
  SAYS(fine, bench.type("AT"));
}

TEST(Faults, hangSwallowsTheAnswerOfASendUnderWay) {
  bench.send();
  arm({.kind = FaultKind::hang, .duration = Millis{300}});
  SAYS("", bench.wait(1000));
  LONGS_EQUAL(1, bench.count("accepted"));
  SAYS(fine, bench.type("AT"));
}

TEST(Faults, damagedAnswers) {
  arm(FaultKind::half_line);
  SAYS("\r\nO", bench.type("AT"));
  arm(FaultKind::urc_in_answer);
  SAYS("\r\n+CSQ: 20,99\r\n\r\n+CIEV: \"signal\",3\r\n\r\nOK\r\n", bench.type("AT+CSQ"));
  arm({.kind = FaultKind::garbage, .count_of_bytes = 40});
  LONGS_EQUAL(46, bench.type("AT").size());
  arm({.kind = FaultKind::line_noise, .count_of_bytes = 40});
  LONGS_EQUAL(40, bench.wait(0).size());
  SAYS(fine, bench.type("AT"));
}

TEST(Faults, stormOfUnaskedLines) {
  arm({.kind = FaultKind::urc_storm, .count_of_bytes = 50});
  const auto storm = bench.wait(1000);
  std::size_t lines = 0;
  for (auto at = storm.find("+CIEV"); at != std::string::npos; at = storm.find("+CIEV", at + 1)) ++lines;
  LONGS_EQUAL(50, lines);
}

TEST(Faults, echoComesBackOn) {
  arm(FaultKind::echo_on);
  SAYS("AT\r\r\nOK\r\n", bench.type("AT"));
}

TEST(Faults, simBusyForAWhile) {
  bench.type("AT+CMEE=1");
  arm({.kind = FaultKind::sim_busy, .duration = Millis{100}});
  SAYS("\r\n+CME ERROR: 14\r\n", bench.type("AT+CPIN?"));
  SAYS("\r\n+CMS ERROR: 314\r\n", bench.type("AT+CMGS=23"));
  bench.wait(100);
  SAYS("\r\n> ", bench.type("AT+CMGS=23"));
}

TEST(Faults, registrationIsLostForAWhile) {
  arm({.kind = FaultKind::deregister, .duration = Millis{1000}});
  SAYS("\r\n+CREG: 2\r\n", bench.wait(0));
  bench.send();
  SAYS("\r\n+CMS ERROR: 331\r\n", bench.wait(50));
  SAYS("\r\n+CREG: 1\r\n", bench.wait(1000));
}

TEST(Faults, probabilityIsKeptAndRepeatableBySeed) {
  arm({.kind = FaultKind::send_error, .count = -1, .probability = 0.25});
  for (int i = 0; i < 1000; ++i) bench.send(), bench.wait(50);
  const auto accepted = bench.count("accepted");
  CHECK_TRUE(accepted > 700 && accepted < 800);
  ModemBench again{with_send({.latency_min = Millis{50}, .latency_max = Millis{50}})};
  again.type("ATE0;+CNMI=2,1,0,1,0;+CREG=1");
  again.modem.inject({.kind = FaultKind::send_error, .count = -1, .probability = 0.25}, again.now);
  for (int i = 0; i < 1000; ++i) again.send(), again.wait(50);
  LONGS_EQUAL(accepted, again.count("accepted"));
}

TEST(Faults, everyKindHasAName) {
  for (const auto& [name, kind] : modem_sim::fault_names) {
    CHECK_TRUE(modem_sim::fault_kind_of(name) == kind);
    CHECK_TRUE(modem_sim::name_of(kind) == name);
  }
  CHECK_FALSE(modem_sim::fault_kind_of("x").has_value());
}

TEST(Faults, clearingEndsThemAll) {
  arm(FaultKind::hang);
  arm({.kind = FaultKind::send_error, .count = -1});
  bench.modem.clear_faults(bench.now);
  bench.send();
  SAYS(sent, bench.wait(50));
}
