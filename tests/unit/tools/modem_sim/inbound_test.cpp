#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::Fault;
using modem_sim::FaultKind;
using modem_sim::InboundText;

TEST_GROUP(Inbound) {
  ModemBench bench;
  void setup() override { bench.type("ATE0;+CNMI=2,1,0,1,0"); }
  void arrive(InboundText text = {.from = "+46708251358", .text = "hellohello", .message_class = {}}) {
    CHECK_TRUE(bench.modem.deliver(std::move(text), bench.now).has_value());
  }
  std::size_t stored_parts() {
    const auto list = bench.type("AT+CMGL=4");
    std::size_t parts = 0;
    for (auto at = list.find("+CMGL:"); at != std::string::npos; at = list.find("+CMGL:", at + 1)) ++parts;
    return parts;
  }
};

TEST(Inbound, isStoredAnnouncedReadAndDeleted) {
  arrive();
  SAYS("\r\n+CMTI: \"SM\",1\r\n", bench.wait(0));
  const auto read = bench.type("AT+CMGR=1");
  STRCMP_CONTAINS("\r\n+CMGR: 0,,28\r\n0791535800000000040B916407281553F80000", read.c_str());
  STRCMP_CONTAINS("0AE8329BFD4697D9EC37\r\n\r\nOK\r\n", read.c_str());
  STRCMP_CONTAINS("+CMGR: 1,,28", bench.type("AT+CMGR=1").c_str());
  SAYS("\r\nOK\r\n", bench.type("AT+CMGL=0"));
  SAYS("\r\nOK\r\n", bench.type("AT+CMGD=1"));
  SAYS("\r\n+CMS ERROR: 321\r\n", bench.type("AT+CMGR=1"));
  LONGS_EQUAL(1, bench.count("deleted"));
}

TEST(Inbound, longTextsComeInParts) {
  arrive({.from = "+358401", .text = std::string(161, 'a'), .message_class = {}});
  LONGS_EQUAL(2, stored_parts());
  const auto first = bench.type("AT+CMGR=1");
  STRCMP_CONTAINS("A0050003010201", first.c_str());
  arrive({.from = "+358401", .text = std::string(161, 'a'), .message_class = {}});
  STRCMP_CONTAINS("0F050003020202", bench.type("AT+CMGR=4").c_str());
}

TEST(Inbound, ucs2NamesAndClasses) {
  arrive({.from = "BANK", .text = "жжж", .message_class = {}});
  STRCMP_CONTAINS("0407D0C2A073090008", bench.type("AT+CMGR=1").c_str());
  arrive({.from = "+358401", .text = std::string("ж") + std::string(70, 'x'), .message_class = {}});
  LONGS_EQUAL(3, stored_parts());
  arrive({.from = "+358401", .text = "flash", .message_class = 0});
  STRCMP_CONTAINS("+CMT: ,", bench.wait(0).c_str());
  CHECK_FALSE(
      bench.modem.deliver({.from = "a very long name", .text = "", .message_class = {}}, bench.now).has_value());
}

TEST(Inbound, goesStraightToTheHostWithMt2) {
  bench.type("AT+CNMI=2,2,0,1,0");
  arrive();
  STRCMP_CONTAINS("\r\n+CMT: ,28\r\n0791", bench.wait(0).c_str());
  LONGS_EQUAL(0, stored_parts());
}

TEST(Inbound, waitsForEachAcknowledgementUnderService1) {
  bench.type("AT+CSMS=1;+CNMI=2,2,0,1,0");
  arrive();
  arrive({.from = "+1", .text = "second", .message_class = {}});
  STRCMP_CONTAINS("+CMT: ,28\r\n", bench.wait(0).c_str());
  SAYS("", bench.wait(1000));
  STRCMP_CONTAINS("\r\nOK\r\n\r\n+CMT: ,", bench.type("AT+CNMA=0").c_str());
  SAYS("\r\nOK\r\n", bench.type("AT+CNMA=0"));
  SAYS("\r\n+CMS ERROR: 340\r\n", bench.type("AT+CNMA=0"));
}

TEST(Inbound, aMissedAcknowledgementTurnsOffAndTheNetworkRepeats) {
  bench.type("AT+CSMS=1;+CNMI=2,2,0,1,0");
  arrive();
  bench.wait(15'000);
  LONGS_EQUAL(1, bench.count("unacknowledged"));
  STRCMP_CONTAINS("+CNMI: 2,0,0,0,0", bench.type("AT+CNMI?").c_str());
  bench.type("AT+CNMI=2,2,0,1,0");
  STRCMP_CONTAINS("+CMT: ,28\r\n", bench.wait(30'000).c_str());
}

TEST(Inbound, aFullStoreKeepsMessagesInTheNetworkUntilAPlaceIsFree) {
  bench.modem.set_sim_capacity(2, bench.now);
  for (int i = 0; i < 3; ++i) arrive();
  LONGS_EQUAL(2, stored_parts());
  LONGS_EQUAL(1, bench.count("store_full"));
  STRCMP_CONTAINS("\"SM\",2,2", bench.type("AT+CPMS?").c_str());
  SAYS("\r\nOK\r\n\r\n+CMTI: \"SM\",1\r\n", (bench.wait(0), bench.type("AT+CMGD=1")));
  bench.type("AT+CMGW=23");
  SAYS("\r\n+CMS ERROR: 322\r\n", bench.raw(std::string{ModemBench::hello} + "\x1a"));
}

TEST(Inbound, storeFullAsAFault) {
  bench.modem.inject({.kind = FaultKind::store_full, .duration = relay::Millis{100}}, bench.now);
  arrive();
  SAYS("", bench.wait(99));
  SAYS("\r\n+CMTI: \"SM\",1\r\n", bench.wait(1));
}

TEST(Inbound, waitsForRegistration) {
  bench.modem.set_registration(std::nullopt, 2, bench.now);
  arrive();
  SAYS("", bench.wait(1000));
  bench.modem.set_registration(std::nullopt, 1, bench.now);
  SAYS("\r\n+CMTI: \"SM\",1\r\n", bench.wait(0));
}

TEST(Inbound, mode0HoldsIndicationsBack) {
  bench.type("AT+CNMI=0,1,0,1,0");
  arrive();
  SAYS("", bench.wait(0));
  SAYS("\r\nOK\r\n\r\n+CMTI: \"SM\",1\r\n", bench.type("AT+CNMI=2,1,0,1,0"));
  bench.type("AT+CNMI=0,1,0,1,0");
  arrive();
  SAYS("\r\nOK\r\n", bench.type("AT+CNMI=2,1,0,1,1"));
}

TEST(Inbound, readyPdusAreRoutedByWhatTheyAre) {
  CHECK_TRUE(bench.modem.deliver_pdu("00040B916407281553F8000062901241312000026834", bench.now).has_value());
  SAYS("\r\n+CMTI: \"SM\",1\r\n", bench.wait(0));
  CHECK_TRUE(bench.modem.deliver_pdu("0006000B916407281553F8629012413120006290124131200000", bench.now).has_value());
  STRCMP_CONTAINS("\r\n+CDS: 25\r\n0006", bench.wait(0).c_str());
  CHECK_FALSE(bench.modem.deliver_pdu("07", bench.now).has_value());
  CHECK_FALSE(bench.modem.deliver_pdu("xy", bench.now).has_value());
}
