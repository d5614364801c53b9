#include "firmware/console/modem_view.hpp"

#include <CppUTest/TestHarness.h>

using namespace firmware::console;
using nlohmann::ordered_json;

TEST_GROUP(ModemView) {
  ordered_json modem{
      {"name", "modem-1"},
      {"ready", true},
      {"sim", {{"state", "ready"}, {"iccid", "8935801234567890123"}, {"balance", nullptr}}},
      {"network", {{"operator", "24405"}, {"registered", true}, {"signal_dbm", -83}, {"rsrp_dbm", -101}}}};
};

TEST(ModemView, factsAreFoundInTheirGroupOrFlat) {
  STRCMP_EQUAL("-83", modem_fact(modem, "network", "signal_dbm").c_str());
  STRCMP_EQUAL("", modem_fact(modem, "network", "sinr_db").c_str());
  STRCMP_EQUAL("-90", modem_fact(ordered_json{{"signal_dbm", -90}}, "network", "signal_dbm").c_str());
}

TEST(ModemView, aGroupIsShownAlone) {
  const std::string sim = modem_text(modem, "sim");
  CHECK_TRUE(sim.find("Iccid:") != std::string::npos);
  CHECK_TRUE(sim.find("Balance") == std::string::npos);
  CHECK_TRUE(sim.find("signal") == std::string::npos);
  CHECK_TRUE(modem_text(modem).find("Network signal dbm: ") != std::string::npos);
}

TEST(ModemView, theSignalIsABar) {
  STRCMP_EQUAL("modem-1  [#######........] -83 dBm  registered  24405  rsrp -101\n", signal_line(modem).c_str());
  modem["network"] = {{"registered", false}};
  STRCMP_EQUAL("modem-1  no signal  not registered  \n", signal_line(modem).c_str());
}
