#include "firmware/api/alarms.hpp"

#include <string>

#include <CppUTest/TestHarness.h>

using firmware::api::alarms_of;
using firmware::api::HealthReport;
using firmware::api::verdict;
using relay::chain::BreakerState;

TEST_GROUP(Alarms) {
  HealthReport report;

  void setup() override {
    report.uplink_watched = true;
    report.free_disk_bytes = 1LL << 30U;
    for (const char* kind : {"twilio", "modem"}) {
      report.providers.push_back(
          {.name = std::string{kind} + "-1", .kind = kind, .breaker = BreakerState::closed, .usable = true});
    }
    report.modems.push_back({.name = "modem-1", .ready = true});
  }
  void expect(std::string_view status, const std::vector<std::string>& codes) {
    const auto alarms = alarms_of(report);
    STRCMP_EQUAL(std::string{status}.c_str(), std::string{verdict(alarms)}.c_str());
    LONGS_EQUAL(codes.size(), alarms.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      STRCMP_EQUAL(codes[i].c_str(), alarms[i].code.c_str());
      CHECK_FALSE(alarms[i].remedy.empty());
    }
  }
};

TEST(Alarms, aGoodBoxHasNone) { expect("pass", {}); }

TEST(Alarms, whatIsGraveComesFirst) {
  report.providers[0].usable = report.providers[1].usable = false;
  report.providers[0].breaker = BreakerState::open;
  report.providers[1].why_not = "not registered (searching)";
  report.storing = false;
  expect("fail", {"E-STORE-001", "E-PATH-001", "E-PROV-002", "E-MODEM-001"});
}

TEST(Alarms, aFallbackInUseIsAWarning) {
  report.providers[0].usable = false;
  report.providers[0].why_not = "the uplink is down";
  report.uplink_up = false;
  expect("warn", {"E-LINK-001", "E-PROV-001"});
}

TEST(Alarms, anUplinkThatNobodyWatchesIsNotSaidToBeDown) {
  report.uplink_watched = report.uplink_up = false;
  expect("pass", {});
}

TEST(Alarms, aBridgeThatIsSilentForLongIsOneWhereTheUplinkIsNone) {
  report.bridge = {.state = "connecting", .trouble = "certificate refused", .down_for = relay::Millis{89'000}};
  expect("pass", {});
  report.bridge->down_for = relay::Millis{90'000};
  expect("warn", {"E-LINK-002"});
  STRCMP_CONTAINS("; certificate refused", alarms_of(report)[0].text.c_str());
  report.uplink_up = false;
  expect("warn", {"E-LINK-001"});
}

TEST(Alarms, anOperatorsOrdersAreAlarmsToo) {
  report.queue_paused = relay::WallTime{};
  report.uplink_simulated_down = relay::WallTime{};
  report.providers[0].enabled = false;
  expect("fail", {"E-QUEUE-001", "E-LINK-001", "E-PROV-003"});
  STRCMP_EQUAL("failover end", alarms_of(report)[1].remedy.c_str());
}

TEST(Alarms, whatAModemSaysOfItselfIsOne) {
  report.modems[0].alarm = "not_sending";
  report.modems[0].alarm_sentence = "registered, but 5 sends in a row failed";
  expect("warn", {"E-MODEM-002"});
  STRCMP_EQUAL("modem-1: registered, but 5 sends in a row failed", alarms_of(report)[0].text.c_str());
}

TEST(Alarms, anOutboxThatWasDamagedIsOne) {
  report.damaged_outbox = "/var/lib/edge-relay/outbox.db.damaged";
  expect("warn", {"E-STORE-003"});
}

TEST(Alarms, littleSpaceIsOneBeforeItIsTooLittle) {
  report.free_disk_bytes = 10LL << 20U;
  expect("warn", {"E-STORE-002"});
}
