#include "relay/providers/common/settings.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/providers/common/join.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using relay::Millis;

namespace {

constexpr std::array<relay::config::Setting, 1> own{{{.name = "base_url", .text = "Where."}}};
constexpr auto all = join(own, http_settings(), common_settings({"4", "2.5", "24h"}));
constexpr relay::config::Table table{.path = "providers.*", .kind = "acme", .text = "Acme.", .settings = all};

}  // namespace

TEST_GROUP(ProviderSettings){
    static relay::config::Section section(std::string_view toml){return providers_test::section_of(table, toml);
}
}
;

TEST(ProviderSettings, traitsComeFromTheCommonSettings) {
  const auto traits = traits_of(section(""), "acme");
  STRCMP_EQUAL("main", traits.name.c_str());
  STRCMP_EQUAL("acme", traits.kind.c_str());
  LONGS_EQUAL(4, traits.max_in_flight);
  DOUBLES_EQUAL(2.5, traits.rate_per_second, 1e-9);
  CHECK(traits.receipt_window == Millis{24LL * 3600 * 1000});
  CHECK(traits.needs_uplink);
}

TEST(ProviderSettings, clientOptionsAreRead) {
  const auto options = client_options(
      section("ca_file = \"/etc/ca.pem\"\nconnect_to = [\"a:443:127.0.0.1:1\"]\nconnect_timeout = \"2s\""));
  STRCMP_EQUAL("/etc/ca.pem", options.ca_file.c_str());
  LONGS_EQUAL(1, options.connect_to.size());
  STRCMP_EQUAL("a:443:127.0.0.1:1", options.connect_to[0].c_str());
  CHECK(options.connect_timeout == Millis{2000});
}

TEST(ProviderSettings, credentialsGoOverTlsOrToThisMachineOnly) {
  struct Case {
    std::string_view url;
    bool good;
  };
  const Case cases[] = {
      {"https://api.example.com", true},
      {"https://api.example.com:8443/v1/", true},
      {"http://127.0.0.1:8080", true},
      {"http://localhost", true},
      {"http://[::1]:8080", true},
      {"http://api.example.com", false},
      {"http://127.0.0.1.example.com", false},
      {"http://localhost@example.com", false},
      {"https://user:pw@example.com", false},
      {"ftp://example.com", false},
      {"api.example.com", false},
      {"https://", false},
      {"https://api.example.com/?a=b", false},
      {"https://api.example.com/#x", false},
      {"https://api.example.com/a b", false},
  };
  for (const auto& c : cases) {
    const auto url = base_url(section("base_url = \"" + std::string(c.url) + "\""), "");
    CHECK_EQUAL_TEXT(c.good, url.has_value(), c.url.data());
    if (!url)
      CHECK_TEXT(url.error().message.starts_with("[providers.main] base_url must"), url.error().message.c_str());
  }
}

TEST(ProviderSettings, aTrailingSlashGoesAndTheDefaultStands) {
  STRCMP_EQUAL("https://x.example/v1", base_url(section("base_url = \"https://x.example/v1//\""), "")->c_str());
  STRCMP_EQUAL("https://default.example", base_url(section(""), "https://default.example")->c_str());
}
