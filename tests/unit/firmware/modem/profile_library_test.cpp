#include "firmware/modem/profiles/profile_library.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <CppUTest/TestHarness.h>

#include "firmware/modem/profiles/profile_file.hpp"
#include "relay/config/document.hpp"

namespace {

std::string error_of(const std::string& text) {
  const auto profile = modem::read_profile(text, "own.toml");
  return profile ? "" : profile.error().message;
}

const std::string minimal = "[profile]\ntitle = \"Own\"\n";

}  // namespace

TEST_GROUP(ModemProfiles) {
  modem::ProfileLibrary library;

  std::string chosen(const char* manufacturer, const char* model, const char* usb = "") {
    return library.choose({.manufacturer = manufacturer, .model = model, .usb_id = usb}).name;
  }
};

TEST(ModemProfiles, theSchemaIsSound) {
  for (const auto& problem : relay::config::check_tables(modem::profile_tables())) FAIL(problem.c_str());
}

TEST(ModemProfiles, everyShippedFileFollowsTheSchema) {
  CHECK(modem::shipped_profile_files().size() >= 15);
  for (const auto& [file, text] : modem::shipped_profile_files()) {
    const auto profile = modem::read_profile(text, std::string{file});
    CHECK_TEXT(profile.has_value(), profile ? "" : profile.error().message.c_str());
    CHECK_TEXT(profile->name == "generic" || !profile->manufacturers.empty(), profile->name.c_str());
    CHECK_TEXT(!profile->recovery.steps.empty(), profile->name.c_str());
  }
  CHECK(library.find("generic") != nullptr);
}

TEST(ModemProfiles, oneUsbIdBelongsToOneProfile) {
  std::set<std::string> seen;
  for (const auto& profile : library.all()) {
    for (const auto& id : profile.usb_ids) CHECK_TEXT(seen.insert(id).second, id.c_str());
  }
}

TEST(ModemProfiles, choosesByWhatTheModemSays) {
  struct Row {
    const char* manufacturer;
    const char* model;
    const char* profile;
  };
  for (const auto& row : {Row{"SIMCOM_Ltd", "SIMCOM_SIM800L", "sim800"},
                          Row{"SIMCOM INCORPORATED", "SIMCOM_SIM7600E-H", "sim7600"},
                          Row{"SIMCOM_Ltd", "SIMCOM_SIM7000E", "sim7600"},
                          Row{"Quectel", "EC25", "ec25"},
                          Row{"Quectel", "EG25", "ec25"},
                          Row{"QUECTEL", "bg96", "bg96"},
                          Row{"Quectel", "BG95-M3", "bg96"},
                          Row{"Quectel_Ltd", "Quectel_M95", "m95"},
                          Row{"u-blox", "SARA-U201", "sara-u2"},
                          Row{"u-blox", "SARA-R410M-02B", "sara-r4"},
                          Row{"u-blox", "LARA-R6001D", "lara-r6"},
                          Row{"Telit", "LE910C1-EU", "le910"},
                          Row{"Telit", "ME910C1-WW", "le910-01"},
                          Row{"huawei", "E1550", "huawei-e1550"},
                          Row{"huawei", "E3372", "huawei-e3372-stick"},
                          Row{"huawei", "MU509", "huawei-mu509"},
                          Row{"Sierra Wireless, Incorporated", "MC7455", "mc7455"},
                          Row{"ZTE CORPORATION", "MF823", "zte"},
                          Row{"Edge Relay", "modem-sim", "generic"},
                          Row{"", "", "generic"}}) {
    STRCMP_EQUAL(row.profile, chosen(row.manufacturer, row.model).c_str());
  }
}

TEST(ModemProfiles, aUsbIdHelpsWhereNothingElseIsKnown) {
  STRCMP_EQUAL("sim7600", chosen("", "", "1e0e:9001").c_str());
  STRCMP_EQUAL("02", library.choose({.usb_id = "2c7c:0125"}).at_interface.c_str());
  STRCMP_EQUAL("ec25", chosen("Quectel", "EC25", "1e0e:9001").c_str());  // what it says goes before its plug
  STRCMP_EQUAL("generic", chosen("", "", "ffff:0000").c_str());
}

TEST(ModemProfiles, knowsWhatLosesMessages) {
  for (const char* name : {"ec25", "bg96", "huawei-mu509"}) {
    const auto* profile = library.find(name);
    CHECK_FALSE(profile->stored_reports_readable);
    for (const auto& indications : profile->indications) CHECK(indications[6] != '2');
  }
  LONGS_EQUAL(128, library.find("m95")->acknowledged_service);
  CHECK(library.find("sara-r4")->recovery.steps.back() == modem::Rung::restart_modem);
}

TEST(ModemProfiles, patterns) {
  CHECK(modem::matches("SIM8*", "sim800"));
  CHECK(modem::matches("*M95*", " Quectel_M95 "));
  CHECK_FALSE(modem::matches("M95", "Quectel_M95"));
  CHECK(modem::matches("*", ""));
  CHECK_FALSE(modem::matches("", "x"));
}

TEST(ModemProfiles, aMistakeIsNamedWithItsLine) {
  STRCMP_EQUAL("", error_of(minimal).c_str());
  STRCMP_CONTAINS("own.toml:4: [limits] ", error_of(minimal + "[limits]\npromt = \"2s\"\n").c_str());
  STRCMP_CONTAINS("own.toml:4: [messages] keeps_link", error_of(minimal + "[messages]\nkeeps_link = 1\n").c_str());
  STRCMP_CONTAINS("title", error_of("[match]\nmodel = [\"X\"]\n").c_str());
  STRCMP_CONTAINS("steps", error_of(minimal + "[recovery]\nsteps = [\"kick\"]\n").c_str());
  STRCMP_CONTAINS("steps", error_of(minimal + "[recovery]\nsteps = [\"reopen\", \"resync\"]\n").c_str());
  STRCMP_CONTAINS("USB id", error_of(minimal + "[match]\nusb = [\"1E0E:9001\"]\n").c_str());
  STRCMP_CONTAINS("begin it with AT", error_of(minimal + "[start]\ncommands = [\"CMGF=0\"]\n").c_str());
  STRCMP_CONTAINS("store_then_send", error_of(minimal + "[messages]\nstored_state_is_proof = true\n").c_str());
}

TEST(ModemProfiles, anOperatorsFileReplacesTheShippedOne) {
  const auto folder = std::filesystem::temp_directory_path() / "edge-relay-profile-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "sim800.toml") << "[profile]\ntitle = \"Own SIM800\"\n[match]\nmodel = [\"*SIM8*\"]\n";
  std::ofstream(folder / "readme.txt") << "not a profile";
  const auto with_own = modem::ProfileLibrary::load(folder.string());
  CHECK(with_own.has_value());
  STRCMP_EQUAL("Own SIM800", with_own->find("sim800")->title.c_str());
  LONGS_EQUAL(library.all().size(), with_own->all().size());
  std::ofstream(folder / "bad.toml") << "[profile]\ntitle = 7\n";
  const auto bad = modem::ProfileLibrary::load(folder.string());
  CHECK_FALSE(bad.has_value());
  STRCMP_CONTAINS("bad.toml:2: ", bad.error().message.c_str());
  std::filesystem::remove_all(folder);
  CHECK(modem::ProfileLibrary::load(folder.string()).has_value());  // no such directory: the shipped ones
}
