#include <CppUTest/TestHarness.h>

#include "relay/config/document.hpp"
#include "relay/providers/twilio/twilio.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using relay::Millis;

namespace {

const std::string account = "account_sid = \"AC0123456789abcdef0123456789abcdef\"\n";
const std::string token = "auth_token = \"t\"\n";
const std::string key = "api_key_sid = \"SK0123456789abcdef0123456789abcdef\"\napi_key_secret = \"s\"\n";
const std::string from = "from = \"+15550001111\"\n";

}  // namespace

TEST_GROUP(TwilioSettings) {
  fakes::VirtualRuntime world;
  fakes::HttpScript script;

  relay::Result<std::unique_ptr<Provider>> make(const std::string& toml) {
    return twilio::make_twilio(world.runtime(), providers_test::section_of(twilio::settings(), toml),
                               std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
  }
};

TEST(TwilioSettings, theTableIsSound) {
  const relay::config::Table* tables[] = {&twilio::settings()};
  for (const auto& trouble : relay::config::check_tables(tables)) FAIL(trouble.c_str());
}

TEST(TwilioSettings, traits) {
  const auto provider = make(account + token + from);
  const auto& traits = (*provider)->traits();
  STRCMP_EQUAL("main", traits.name.c_str());
  STRCMP_EQUAL("twilio", traits.kind.c_str());
  CHECK(traits.can_look_up);
  CHECK(traits.needs_uplink);
  CHECK(traits.receipt_window == Millis{24LL * 3600 * 1000});
}

TEST(TwilioSettings, anApiKeyStandsInForTheToken) {
  const auto provider = make(account + key + from);
  const auto message = providers_test::message_of("a");
  world.run((*provider)->send(providers_test::request_for(message, world.clock)));
  STRCMP_EQUAL("Basic U0swMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjpz",
               providers_test::header_of(script.requests[0], "Authorization").c_str());
}

TEST(TwilioSettings, sendersOfEveryKind) {
  for (const char* good : {"+15550001111", "12345", "123456", "ACME 24", "A"}) {
    CHECK_TEXT(make(account + token + "from = \"" + good + "\"").has_value(), good);
  }
  for (const char* bad : {"+0555", "+1555000111x", "1234", "1234567", "ACME-24", "TWELVELETTERS"}) {
    CHECK_FALSE_TEXT(make(account + token + "from = \"" + bad + "\"").has_value(), bad);
  }
  CHECK(make(account + token + "messaging_service_sid = \"MG0123456789abcdef0123456789abcdef\"").has_value());
}

TEST(TwilioSettings, mistakesAreToldInSentences) {
  struct Case {
    std::string toml;
    const char* sentence;
  };
  const Case cases[] = {
      {account + token, "give from (a sender), messaging_service_sid, or both"},
      {account + from, "give either auth_token, or api_key_sid and api_key_secret"},
      {account + token + key + from, "give either auth_token, or api_key_sid and api_key_secret"},
      {account + "api_key_sid = \"SK0123456789abcdef0123456789abcdef\"\n" + from, "go together"},
      {account + "api_key_sid = \"XX0123456789abcdef0123456789abcdef\"\napi_key_secret = \"s\"\n" + from,
       "api_key_sid must be SK"},
      {"account_sid = \"AD0123456789abcdef0123456789abcdef\"\n" + token + from, "account_sid must be AC"},
      {account + token + "messaging_service_sid = \"MG12\"", "messaging_service_sid must be MG"},
      {account + token + from + "status_callback = \"https://my_bridge.example/x\"", "no underscore"},
      {account + token + from + "status_callback = \"bridge.example\"", "status_callback must be"},
      {account + token + from + "allowed_senders = [\"ACME\", \"A-B\"]", "allowed_senders must each be"},
      {account + token + from + "base_url = \"http://api.twilio.com\"", "base_url must begin with https"},
  };
  for (const auto& c : cases) {
    const auto made = make(c.toml);
    CHECK_FALSE_TEXT(made.has_value(), c.sentence);
    STRCMP_CONTAINS(c.sentence, made.error().message.c_str());
    STRCMP_CONTAINS("[providers.main] ", made.error().message.c_str());
  }
}
