#include "firmware/console/hardware_view.hpp"

#include <CppUTest/TestHarness.h>

using namespace firmware::console;
using hal::StorageHealth;
using nlohmann::ordered_json;

TEST_GROUP(HardwareView){};

TEST(HardwareView, anOlderDaemonTellsNothingOfIt) {
  CHECK(hardware_of(ordered_json{{"status", "pass"}}, "clock").empty());
  CHECK(hardware_of(ordered_json{{"hardware", {{"clock", "odd"}}}}, "clock").empty());
  CHECK(hardware_of(ordered_json(), "clock").empty());
  CHECK_FALSE(hardware_of(ordered_json{{"hardware", {{"clock", {{"believed", true}}}}}}, "clock").empty());
}

TEST(HardwareView, clocksAreJudgedInWords) {
  const auto sentence = [](const ordered_json& clock) { return clock_sentence(clock); };
  STRCMP_EQUAL("yes: the time server confirms it", sentence({{"believed", true}, {"by", "time_server"}}).c_str());
  STRCMP_EQUAL("no: it is 2 d 23 h behind the bridge",
               sentence({{"believed", false}, {"contradicted_by", "bridge"}, {"ahead_seconds", -71 * 3600}}).c_str());
  STRCMP_CONTAINS("nobody confirms it", sentence({{"believed", false}}).c_str());
}

TEST(HardwareView, disksThatCannotTellSaySo) {
  STRCMP_EQUAL("an SD card cannot tell", wear_sentence({.kind = StorageHealth::Kind::sd_card}).c_str());
  STRCMP_EQUAL("this disk does not tell", wear_sentence({.kind = StorageHealth::Kind::disk}).c_str());
  STRCMP_EQUAL(
      "up to 30 % of its life is used up; spare blocks: normal",
      wear_sentence({.kind = StorageHealth::Kind::emmc, .wear_percent = 30, .reserve = StorageHealth::Reserve::normal})
          .c_str());
  CHECK(is_worn({.wear_percent = 90}));
  CHECK(is_worn({.reserve = StorageHealth::Reserve::low}));
  CHECK_FALSE(is_worn({.wear_percent = 80, .reserve = StorageHealth::Reserve::normal}));
  STRCMP_CONTAINS("beyond", wear_sentence({.wear_percent = 110}).c_str());
}

TEST(HardwareView, watchdogsAreDescribed) {
  STRCMP_EQUAL("BCM2835, fed; it waits 15 s; it has ended the run before this one",
               watchdog_sentence(
                   {{"identity", "BCM2835"}, {"running", true}, {"timeout_seconds", 15}, {"reset_the_machine", true}})
                   .c_str());
  STRCMP_EQUAL("none here", watchdog_sentence({{"running", false}, {"trouble", "none here"}}).c_str());
}
