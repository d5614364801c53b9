#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::FaultKind;
using modem_sim::ModemConfig;

TEST_GROUP(Restart) {
  ModemBench bench;
  void setup() override { bench.type("ATE0;+CMEE=1;+CNMI=2,1,0,1,0;+CREG=1"); }
  static constexpr const char* boot = "\r\nRDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n";
};

TEST(Restart, byCommandAnswersThenBootsWithSettingsLost) {
  SAYS("\r\nOK\r\n", bench.type("AT+CFUN=1,1"));
  SAYS("", bench.type("AT"));
  SAYS("", bench.wait(2999));
  SAYS(boot, bench.wait(1));
  bench.quiet();
  SAYS("\r\n+CMS ERROR: 314\r\n", bench.type("AT+CNMI?"));
  SAYS("\r\nSMS Ready\r\n", bench.wait(999));
  SAYS("\r\n+CREG: 0,2\r\n\r\nOK\r\n", bench.type("AT+CREG?"));
  bench.wait(1);
  SAYS("\r\n+CREG: 0,1\r\n\r\nOK\r\n", bench.type("AT+CREG?"));
  SAYS("\r\n+CNMI: 0,0,0,0,0\r\n\r\nOK\r\n", bench.type("AT+CNMI?"));
}

TEST(Restart, atThePromptForgetsThePrompt) {
  bench.type("AT+CMGS=23");
  bench.modem.restart(bench.now);
  bench.wait(10'000);
  bench.quiet();
  SAYS("\r\nOK\r\n", bench.type("AT"));
}

TEST(Restart, thePinIsAskedAgainAndRefusalsAreRemembered) {
  ModemConfig config;
  config.pin = "1234";
  ModemBench locked(config);
  locked.type("AT+CPIN=\"0000\"");
  locked.modem.restart(locked.now);
  STRCMP_CONTAINS("+CPIN: SIM PIN", locked.wait(3000).c_str());
  STRCMP_CONTAINS("+CPINR: SIM PIN,2,3", locked.type("AT+CPINR").c_str());
  locked.type("AT+CPIN=\"1234\"");
  locked.modem.restart(locked.now);
  STRCMP_CONTAINS("+CPIN: SIM PIN", locked.wait(3000).c_str());
}

TEST(Restart, reportsAndMessagesWaitInTheNetwork) {
  bench.modem.set_send_behaviour({.report = modem_sim::ReportOutcome::delivered, .report_delay = relay::Millis{1000}});
  bench.send(ModemBench::hello_with_report);
  bench.modem.restart(bench.now);
  CHECK_TRUE(bench.modem.deliver({.from = "+1", .text = "x", .message_class = {}}, bench.now).has_value());
  bench.wait(3000);
  bench.type("ATE0");
  bench.wait(600);
  bench.type("AT+CNMI=2,1,0,1,0");
  const auto said = bench.wait(5000);
  STRCMP_CONTAINS("+CDS: 25", said.c_str());
  STRCMP_CONTAINS("+CMTI: \"SM\",1", said.c_str());
}

TEST(Restart, unplugTakesTheDeviceAwayForAWhile) {
  bench.type("AT+CMGS=23");
  bench.modem.inject({.kind = FaultKind::unplug, .duration = relay::Millis{5000}}, bench.now);
  CHECK_FALSE(bench.modem.plugged());
  SAYS("", bench.type("AT"));
  bench.modem.restart(bench.now);
  SAYS("", bench.wait(4999));
  CHECK_FALSE(bench.modem.plugged());
  bench.wait(1);
  CHECK_TRUE(bench.modem.plugged());
  SAYS(boot, bench.wait(3000));
}

TEST(Restart, anEarlierUnplugsReturnDoesNotPlugALaterOne) {
  bench.modem.unplug(relay::Millis{1000}, bench.now);
  bench.modem.plug(bench.now);
  bench.modem.unplug(std::nullopt, bench.now);
  bench.wait(10'000);
  CHECK_FALSE(bench.modem.plugged());
  bench.modem.plug(bench.now);
  CHECK_TRUE(bench.modem.plugged());
}

TEST(Restart, aTimedDeregistrationThatEndsWhileItBootsRegistersAfterwards) {
  bench.modem.inject({.kind = FaultKind::deregister, .duration = relay::Millis{1000}}, bench.now);
  bench.modem.restart(bench.now);
  bench.wait(4000);
  bench.quiet();
  SAYS("\r\n+CREG: 0,1\r\n\r\nOK\r\n", bench.type("AT+CREG?"));
}
