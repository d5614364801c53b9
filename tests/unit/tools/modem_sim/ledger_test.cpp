#include "tools/modem-sim/model/ledger.hpp"

#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::Ledger;
using relay::Millis;

TEST_GROUP(Ledger) {
  ModemBench bench{with_send({.latency_min = Millis{200}, .latency_max = Millis{200}})};
  Ledger ledger{2};
  void send_and_wait(std::int64_t gap_ms) {
    bench.send();
    bench.wait(200);
    bench.wait(gap_ms);
    ledger.take(bench.modem.take_log());
  }
};

TEST(Ledger, knowsHowBusyTheModemWas) {
  send_and_wait(50);
  send_and_wait(250);
  send_and_wait(0);
  const auto occupation = ledger.occupation(bench.now);
  LONGS_EQUAL(3, occupation.sends);
  LONGS_EQUAL(900, occupation.since_first_send.count());
  LONGS_EQUAL(600, occupation.busy.count());
  LONGS_EQUAL(250, occupation.last_gap.count());
  LONGS_EQUAL(250, occupation.longest_gap.count());
  DOUBLES_EQUAL(2.0 / 3.0, occupation.busy_share(), 1e-9);
}

TEST(Ledger, countsASendUnderWayAndEndsItAtARestart) {
  bench.send();
  bench.wait(80);
  ledger.take(bench.modem.take_log());
  LONGS_EQUAL(80, ledger.occupation(bench.now).busy.count());
  bench.modem.restart(bench.now);
  bench.wait(5000);
  ledger.take(bench.modem.take_log());
  LONGS_EQUAL(80, ledger.occupation(bench.now).busy.count());
}

TEST(Ledger, keepsTheLatestMessagesAndCountsAll) {
  for (int i = 0; i < 3; ++i) send_and_wait(0);
  LONGS_EQUAL(3, ledger.accepted());
  LONGS_EQUAL(2, ledger.entries().size());
  LONGS_EQUAL(2, ledger.entries().front().number);
  DOUBLES_EQUAL(0.0, Ledger{}.occupation(bench.now).busy_share(), 0.0);
}
