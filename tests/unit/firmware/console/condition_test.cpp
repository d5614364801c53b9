#include "firmware/console/condition.hpp"

#include <CppUTest/TestHarness.h>

#include "firmware/console/self_test.hpp"

using namespace firmware::console;
using nlohmann::ordered_json;

TEST_GROUP(Condition){};

TEST(Condition, theDaemonsAlarmsAreReadAsTheyAre) {
  const ordered_json health{
      {"alarms",
       {{{"code", "E-PATH-001"}, {"text", "no way out"}, {"remedy", "show providers"}, {"grave", true}},
        {{"code", "E-MODEM-001"}, {"text", "modem-1: no SIM"}, {"remedy", "show sim"}, {"grave", false}}}}};
  const auto alarms = alarms_of(health);
  CHECK_EQUAL(2, alarms.size());
  CHECK_TRUE(alarms[0].grave);
  STRCMP_EQUAL("E-PATH-001", alarms[0].code.c_str());
  STRCMP_EQUAL("modem-1: no SIM", alarms[1].text.c_str());
  STRCMP_EQUAL("show sim", alarms[1].remedy.c_str());
  CHECK_FALSE(alarms[1].grave);
  CHECK_TRUE(alarms_of(ordered_json::object()).empty());
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
