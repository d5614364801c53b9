#include "firmware/console/settings_text.hpp"

#include <CppUTest/TestHarness.h>

using namespace firmware::console;
using relay::ErrorCode;

namespace {

const std::string file =
    "# the box of the pump station\n"
    "[listen]\n"
    "address = \"0.0.0.0:8080\"  # the LAN\n"
    "\n"
    "[providers.twilio-main]\n"
    "kind = \"twilio\"\n"
    "auth_token = \"geheim\"\n"
    "sim_pin = \"1234\"\n"
    "ping_interval = \"5s\"\n"
    "auth_token_file = \"token\"\n";

}  // namespace

TEST_GROUP(SettingsText){};

TEST(SettingsText, aValueIsWrittenAsToml) {
  STRCMP_EQUAL("true", toml_value("true").c_str());
  STRCMP_EQUAL("42", toml_value("42").c_str());
  STRCMP_EQUAL("0.5", toml_value("0.5").c_str());
  STRCMP_EQUAL("\"0123\"", toml_value("0123").c_str());
  STRCMP_EQUAL("\"+358401234567\"", toml_value("+358401234567").c_str());
  STRCMP_EQUAL("\"0.0.0.0:8080\"", toml_value("0.0.0.0:8080").c_str());
  STRCMP_EQUAL("\"1234\"", toml_value("\"1234\"").c_str());
  STRCMP_EQUAL("[\"a\", \"b\"]", toml_value("[a, b]").c_str());
  STRCMP_EQUAL("[]", toml_value("[]").c_str());
  STRCMP_EQUAL("\"a\\\"b\"", toml_value("a\"b").c_str());
}

TEST(SettingsText, aSettingIsChangedInItsPlace) {
  const auto changed = with_setting(file, "listen.address", "\"127.0.0.1:80\"").value();
  CHECK_TRUE(changed.find("address = \"127.0.0.1:80\"\n\n[providers") != std::string::npos);
  CHECK_TRUE(changed.starts_with("# the box"));
  const auto added = with_setting(file, "listen.tls_key_file", "\"k\"").value();
  CHECK_TRUE(added.find("# the LAN\ntls_key_file = \"k\"\n\n[providers") != std::string::npos);
  const auto table = with_setting(file, "providers.modem-1.kind", "\"modem\"").value();
  CHECK_TRUE(table.ends_with("\n\n[providers.modem-1]\nkind = \"modem\"\n"));
  STRCMP_EQUAL("[a]\nb = 1\n", with_setting("", "a.b", "1")->c_str());
  CHECK(with_setting(file, "address", "1").error().code == ErrorCode::invalid_argument);
}

TEST(SettingsText, aPathIsMadeOfNames) {
  for (const char* path : {"listen", "listen.", ".address", "listen.add ress", "listen.\"address", "a\n[b].c"})
    CHECK(with_setting(file, path, "1").error().code == ErrorCode::invalid_argument);
}

TEST(SettingsText, aSettingIsTakenOut) {
  const auto changed = without_setting(file, "providers.twilio-main.sim_pin").value();
  CHECK_TRUE(changed.find("sim_pin") == std::string::npos);
  CHECK_TRUE(changed.find("auth_token = ") != std::string::npos);
  CHECK(without_setting(file, "listen.port").error().code == ErrorCode::not_found);
}

TEST(SettingsText, aChangeThatWouldNotDoWhatWasMeantIsRefused) {
  const auto refused = [](const std::string& text, const char* path, const char* value) {
    const auto changed = with_setting(text, path, value);
    return !changed && changed.error().code == ErrorCode::invalid_argument;
  };
  CHECK_TRUE(refused("[a]\nb = \n", "a.c", "1"));                       // no TOML before
  CHECK_TRUE(refused(file, "listen.port", "[\"a"));                     // no value
  CHECK_TRUE(refused(file, "listen.port", "1\nother = 2"));             // two settings
  CHECK_TRUE(refused("[a]\nb = { c = 1 }\n", "a.b.c", "2"));            // would open a table that is there
  CHECK_TRUE(refused("[a]\nt = \"\"\"\nb = 1\n\"\"\"\n", "a.b", "2"));  // in the middle of a text
  CHECK_TRUE(refused("a.b = 1\n", "a.b", "2"));
  CHECK(without_setting("[a]\nt = \"\"\"\nb = 1\n\"\"\"\n", "a.b").error().code == ErrorCode::invalid_argument);
}

TEST(SettingsText, severalLinesAreLeftAlone) {
  const std::string list = "[chain]\nsms = [\n \"a\",\n]\n";
  CHECK(with_setting(list, "chain.sms", "[]").error().code == ErrorCode::invalid_argument);
}

TEST(SettingsText, aBracketInAStringOpensNothing) {
  const auto list = with_setting(file, "chain.sms", R"(["a[", 'b['] # [)");
  CHECK_TRUE(list && with_setting(*list, "chain.sms", "[]").has_value());
}

TEST(SettingsText, secretsAreMaskedAndComeBack) {
  const std::string masked = with_secrets_masked(file);
  CHECK_TRUE(masked.find("geheim") == std::string::npos);
  CHECK_TRUE(masked.find("1234") == std::string::npos);
  CHECK_TRUE(masked.find("ping_interval = \"5s\"") != std::string::npos);
  CHECK_TRUE(masked.find("auth_token_file = \"token\"") != std::string::npos);
  STRCMP_EQUAL(file.c_str(), with_secrets_from(masked, file)->c_str());
  CHECK(with_secrets_from(masked, "").error().code == ErrorCode::not_found);
}

TEST(SettingsText, aSecretIsMaskedInWhateverFormItStands) {
  for (const std::string secret :
       {"auth_token = \"\"\"\nge\\\"heim\n\"\"\"", "auth_token = '''\ngeheim'''", "auth_token = [\n\"geheim\",\n]",
        "\"\\u0061uth_token\" = \"geheim\"", "auth = {token = \"geheim\"}"}) {
    const std::string text = "[providers.tw]\nkind = \"twilio\"\n" + secret + "\nfrom = \"+1555\"\n";
    for (const std::string& shown : {with_secrets_masked(text), difference(text, file), difference("", text)}) {
      CHECK_TRUE(shown.find("heim") == std::string::npos);
      CHECK_TRUE(shown.find("********") != std::string::npos);
    }
    CHECK_TRUE(with_secrets_masked(text).ends_with("from = \"+1555\"\n"));
  }
}

TEST(SettingsText, filesOfSecretsAreKnown) {
  const auto files = secret_files_in(
      "[providers.tw]\nauth_token_file = \"tw.token\"\n[providers.m]\npin_file = \"/run/pin\"\nca_file = \"ca.pem\"\n",
      "/etc/edge-relay/relay.toml");
  CHECK_TRUE(files.has_value());
  CHECK_TRUE(*files == (std::vector<std::string>{"/etc/edge-relay/tw.token", "/run/pin"}));
}

TEST(SettingsText, differencesNameTheirTable) {
  STRCMP_EQUAL("", difference(file, file).c_str());
  const auto changed = with_setting(file, "providers.twilio-main.auth_token", "\"neu\"").value();
  STRCMP_EQUAL("  [providers.twilio-main]\n- auth_token = \"********\"\n+ auth_token = \"********\"\n",
               difference(file, changed).c_str());
  const auto added = with_setting(file, "uplink.interval", "\"5s\"").value();
  STRCMP_EQUAL("  [providers.twilio-main]\n+ \n+ [uplink]\n+ interval = \"5s\"\n", difference(file, added).c_str());
}
