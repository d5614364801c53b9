#include "firmware/console/condition.hpp"

#include <CppUTest/TestHarness.h>

#include "firmware/console/self_test.hpp"

using namespace firmware::console;
using nlohmann::ordered_json;

TEST_GROUP(Condition) {
  ordered_json health{{"storing", true},
                      {"uplink", "up"},
                      {"sms_providers",
                       {{{"name", "twilio"}, {"kind", "twilio"}, {"circuit_breaker", "closed"}},
                        {{"name", "modem-1"}, {"kind", "modem"}, {"circuit_breaker", "closed"}}}}};
};

TEST(Condition, aGoodBoxHasNoAlarms) { CHECK_TRUE(alarms_of(health).empty()); }

TEST(Condition, whatIsWrongHasACodeAndARemedy) {
  health["sms_providers"][1]["reason"] = "not registered (searching)";
  auto alarms = alarms_of(health);
  CHECK_EQUAL(1, alarms.size());
  STRCMP_EQUAL("E-MODEM-001", alarms[0].code.c_str());
  CHECK_FALSE(alarms[0].grave);
  health["sms_providers"][0]["circuit_breaker"] = "open";
  health["sms_providers"][0]["reason"] = "it failed too often";
  health["storing"] = false;
  alarms = alarms_of(health);
  CHECK_TRUE(alarms[0].grave);
  CHECK_EQUAL(4, alarms.size());  // storing, no way out, breaker, modem
  for (const auto& alarm : alarms) CHECK_FALSE(alarm.remedy.empty());
}

TEST(Condition, anOperatorsOrdersAreAlarmsToo) {
  health["queue_paused"] = "2026-11-21T10:00:00Z";
  health["uplink"] = "down";
  health["uplink_simulated_down"] = "2026-11-21T10:00:00Z";
  health["sms_providers"][0]["disabled"] = true;
  const auto alarms = alarms_of(health);
  CHECK_EQUAL(3, alarms.size());
  STRCMP_EQUAL("E-QUEUE-001", alarms[0].code.c_str());
  STRCMP_EQUAL("failover end", alarms[1].remedy.c_str());
  STRCMP_EQUAL("E-PROV-003", alarms[2].code.c_str());
}

TEST(Condition, providersAreFoundInTheSettings) {
  const auto hosts = provider_hosts(
      "[chain]\nsms=[\"a\"]\n[providers.a]\nkind=\"twilio\"\n[providers.b]\nkind=\"aws-sms\"\nregion=\"eu-west-1\"\n"
      "[providers.c]\nkind=\"modem\"\n");
  CHECK_EQUAL(2, hosts.size());
  STRCMP_EQUAL("api.twilio.com", hosts[0].c_str());
  STRCMP_EQUAL("sms-voice.eu-west-1.amazonaws.com", hosts[1].c_str());
  CHECK_TRUE(provider_hosts("not toml [").empty());
}
