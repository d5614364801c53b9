#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::ReportOutcome;
using modem_sim::SendBehaviour;
using relay::Millis;

TEST_GROUP(Sending) {
  ModemBench bench;
  void setup() override { bench.type("ATE0;+CNMI=2,1,0,1,0"); }
};

TEST(Sending, promptThenReferenceThenOk) {
  SAYS("\r\n> ", bench.type("AT+CMGS=23"));
  SAYS("", bench.raw(ModemBench::hello));
  SAYS("\r\n+CMGS: 0\r\n\r\nOK\r\n", bench.raw("\x1a"));
  const auto accepted = bench.last_accepted();
  SAYS("+46708251358", accepted.submit.to);
  SAYS("hellohello", accepted.submit.text);
  SAYS(ModemBench::hello, accepted.pdu);
}

TEST(Sending, theReferenceCountsTo255AndWraps) {
  for (int i = 0; i < 256; ++i) bench.send();
  LONGS_EQUAL(255, bench.last_accepted().reference);
  SAYS("\r\n+CMGS: 0\r\n\r\nOK\r\n", bench.send());
  LONGS_EQUAL(257, bench.count("accepted"));
}

TEST(Sending, escapeLeavesThePromptWithoutSending) {
  bench.type("AT+CMGS=23");
  SAYS("\r\nOK\r\n", bench.raw("0011\x1b"));
  SAYS("\r\nOK\r\n", bench.type("AT"));
  LONGS_EQUAL(0, bench.count("accepted"));
}

TEST(Sending, aBrokenPduIsRefusedAndNotAccepted) {
  SAYS("\r\n+CMS ERROR: 304\r\n", bench.send("0011000B916407281553F80000AA0AE8329BFD4697D9EC"));
  bench.type("AT+CMGS=22");
  SAYS("\r\n+CMS ERROR: 304\r\n", bench.raw(std::string{ModemBench::hello} + "\x1a"));
  bench.type("AT+CMGS=23");
  SAYS("\r\n+CMS ERROR: 304\r\n", bench.raw("\n" + std::string{ModemBench::hello} + "\x1a"));
  bench.type("AT+CMGS=23");
  SAYS("\r\n+CMS ERROR: 304\r\n", bench.raw(std::string(100'000, 'A') + "\x1a"));
  LONGS_EQUAL(0, bench.count("accepted"));
  LONGS_EQUAL(4, bench.count("refused_pdu"));
}

TEST(Sending, withEchoThePduComesBack) {
  bench.type("ATE1");
  SAYS("AT+CMGS=23\r\r\n> ", bench.type("AT+CMGS=23"));
  SAYS(ModemBench::hello, bench.raw(ModemBench::hello));
}

TEST(Sending, needsRegistrationAndAServiceCentre) {
  bench.modem.set_registration(std::nullopt, 3, bench.now);
  SAYS("\r\n+CMS ERROR: 331\r\n", bench.send());
  bench.modem.set_registration(modem_sim::Domain::lte, 1, bench.now);
  SAYS("\r\n+CMGS: 0\r\n\r\nOK\r\n", bench.send());
  bench.type("AT+CSCA=\"\"");
  SAYS("\r\n+CMS ERROR: 330\r\n", bench.send());
}

TEST(Sending, storedMessagesAreSentAndMarked) {
  bench.type("AT+CMGW=23");
  SAYS("\r\n+CMGW: 1\r\n\r\nOK\r\n", bench.raw(std::string{ModemBench::hello} + "\x1a"));
  SAYS("\r\n+CMGR: 2,,23\r\n" + std::string{ModemBench::hello} + "\r\n\r\nOK\r\n", bench.type("AT+CMGR=1"));
  SAYS("\r\n+CMSS: 0\r\n\r\nOK\r\n", bench.type("AT+CMSS=1"));
  SAYS("\r\n+CMGL: 1,3,,23\r\n" + std::string{ModemBench::hello} + "\r\n\r\nOK\r\n", bench.type("AT+CMGL=3"));
  SAYS("\r\n+CMS ERROR: 321\r\n", bench.type("AT+CMSS=2"));
  SAYS("\r\nOK\r\n", bench.type("AT+CMGD=1,2"));
  SAYS("\r\nOK\r\n", bench.type("AT+CMGL=4"));
}

TEST_GROUP(SendingInTime) {
  ModemBench bench{with_send({.latency_min = Millis{200}, .latency_max = Millis{200}})};
  void setup() override { bench.type("ATE0;+CNMI=2,1,0,1,0"); }
};

TEST(SendingInTime, busyUntilTheAnswerAndTakesNoSecondCommand) {
  SAYS("", bench.send());
  SAYS("", bench.wait(199));
  SAYS("", bench.type("AT"));
  SAYS("\r\n+CMGS: 0\r\n\r\nOK\r\n", bench.wait(1));
  SAYS("", bench.wait(10'000));
  LONGS_EQUAL(1, bench.count("ignored_input"));
  SAYS("\r\nOK\r\n", bench.type("AT"));
}

TEST(SendingInTime, nextWakeIsWhenSomethingHappens) {
  CHECK_FALSE(bench.modem.next_wake().has_value());
  bench.send();
  CHECK_TRUE(bench.modem.next_wake() == bench.now + Millis{200});
  bench.wait(200);
  CHECK_FALSE(bench.modem.next_wake().has_value());
}

TEST(SendingInTime, aRangeIsKeptTo) {
  bench.modem.set_send_behaviour({.latency_min = Millis{100}, .latency_max = Millis{300}});
  std::int64_t shortest = 1000;
  std::int64_t longest = 0;
  for (int i = 0; i < 200; ++i) {
    bench.send();
    const auto latency = (*bench.modem.next_wake() - bench.now).count();
    shortest = std::min(shortest, latency);
    longest = std::max(longest, latency);
    bench.wait(300);
  }
  CHECK_TRUE(shortest >= 100 && shortest < 120 && longest <= 300 && longest > 280);
}

TEST(SendingInTime, promptAndAnswersCanBeSlow) {
  modem_sim::ModemConfig config;
  config.answer_delay = Millis{30};
  config.send.prompt_delay = Millis{70};
  ModemBench slow(config);
  SAYS("ATE0\r", slow.type("ATE0"));
  SAYS("\r\nOK\r\n", slow.wait(30));
  SAYS("", slow.type("AT+CMGS=23"));
  SAYS("\r\n> ", slow.wait(70));
}

TEST_GROUP(Reports) {
  ModemBench bench{with_send({.report = ReportOutcome::delivered, .report_delay = Millis{500}})};
  void setup() override { bench.type("ATE0;+CNMI=2,1,0,1,0"); }
  /// Octets of the status report of a +CDS line: TP-ST is the last.
  static std::string status_of(const std::string& said) {
    const auto end = said.rfind("\r\n");
    return end == std::string::npos || end < 2 ? "" : said.substr(end - 2, 2);
  }
};

TEST(Reports, comeOnlyWhenAskedFor) {
  bench.send();
  SAYS("", bench.wait(1000));
  bench.send(ModemBench::hello_with_report);
  SAYS("", bench.wait(499));
  const auto report = bench.wait(1);
  STRCMP_CONTAINS("\r\n+CDS: 25\r\n", report.c_str());
  STRCMP_CONTAINS("06010B916407281553F8", report.c_str());
  SAYS("00", status_of(report));
}

TEST(Reports, theTimestampsAreTheServiceCentres) {
  modem_sim::ModemConfig config = bench.modem.config();
  config.wall_at_zero = relay::WallTime{Millis{1'790'000'000'000 - 1'000'000}};  // now is 2026-09-21 14:13:20 UTC
  ModemBench dated(config);
  dated.type("ATE0;+CNMI=2,1,0,1,0");
  dated.send(ModemBench::hello_with_report);
  const auto report = dated.wait(1500);
  STRCMP_CONTAINS("6290124131020062901241310200", report.c_str());
}

TEST(Reports, failedAndPendingThenDelivered) {
  bench.modem.set_send_behaviour({.report = ReportOutcome::failed, .report_delay = Millis{10}});
  bench.send(ModemBench::hello_with_report);
  SAYS("46", status_of(bench.wait(10)));
  bench.modem.set_send_behaviour({.report = ReportOutcome::pending_then_delivered, .report_delay = Millis{10}});
  bench.send(ModemBench::hello_with_report);
  SAYS("30", status_of(bench.wait(10)));
  SAYS("00", status_of(bench.wait(10)));
}

TEST(Reports, mayComeBeforeTheAnswerAndTwice) {
  bench.modem.set_send_behaviour(
      {.report = ReportOutcome::delivered, .report_before_answer = true, .duplicate_reports = true});
  const auto said = bench.send(ModemBench::hello_with_report);
  const auto first = said.find("+CDS: ");
  const auto second = said.find("+CDS: ", first + 1);
  CHECK_TRUE(first < second && second < said.find("+CMGS: 0"));
  SAYS("", bench.wait(5000));
}

TEST(Reports, areStoredAndAnnouncedWithDs2AndDroppedWithDs0) {
  bench.type("AT+CNMI=2,1,0,2,0");
  bench.send(ModemBench::hello_with_report);
  SAYS("\r\n+CDSI: \"SM\",1\r\n", bench.wait(500));
  STRCMP_CONTAINS("+CMGR: 0,,25\r\n", bench.type("AT+CMGR=1").c_str());
  bench.type("AT+CNMI=2,1,0,0,0");
  bench.send(ModemBench::hello_with_report);
  SAYS("", bench.wait(500));
  LONGS_EQUAL(1, bench.count("report_dropped"));
}

TEST(Reports, byHand) {
  CHECK_FALSE(bench.modem.report(3, 0, bench.now).has_value());
  bench.send();
  CHECK_TRUE(bench.modem.report(0, 0x41, bench.now).has_value());
  SAYS("41", status_of(bench.wait(0)));
}
