#include <CppUTest/TestHarness.h>

#include "relay/config/document.hpp"
#include "relay/providers/aws/aws.hpp"
#include "tests/unit/relay/providers/fixtures.hpp"

using namespace relay::providers;
using relay::Millis;

namespace {

constexpr const char* good =
    "region = \"eu-west-1\"\naccess_key_id = \"AKIDEXAMPLE00000\"\nsecret_access_key = \"s\"\n";

}  // namespace

TEST_GROUP(AwsSettings) {
  fakes::VirtualRuntime world;
  fakes::HttpScript script;

  relay::Result<std::unique_ptr<Provider>> sms(std::string toml) {
    return aws::make_sms(world.runtime(), providers_test::section_of(aws::sms_settings(), toml),
                         std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
  }
  relay::Result<std::unique_ptr<Provider>> sns(std::string toml) {
    return aws::make_sns(world.runtime(), providers_test::section_of(aws::sns_settings(), toml),
                         std::make_unique<fakes::ScriptedHttpClient>(world.runtime(), script));
  }
  std::string url_used_by(Provider & provider) {
    const auto message = providers_test::message_of("a");
    world.run(provider.send(providers_test::request_for(message, world.clock)));
    return script.requests.back().url;
  }
};

TEST(AwsSettings, theTablesAreSound) {
  const relay::config::Table* tables[] = {&aws::sms_settings(), &aws::sns_settings()};
  for (const auto& trouble : relay::config::check_tables(tables)) FAIL(trouble.c_str());
}

TEST(AwsSettings, traits) {
  const auto sms_provider = sms(good);
  const auto& sms_traits = (*sms_provider)->traits();
  STRCMP_EQUAL("aws-sms", sms_traits.kind.c_str());
  CHECK(sms_traits.receipt_window == Millis{72LL * 3600 * 1000});
  CHECK_FALSE(sms_traits.can_look_up);
  CHECK(sms_traits.needs_uplink);
  LONGS_EQUAL(8, sms_traits.max_in_flight);
  const auto sns_provider = sns(good);
  STRCMP_EQUAL("aws-sns", (*sns_provider)->traits().kind.c_str());
  CHECK((*sns_provider)->traits().receipt_window == Millis{0});
  DOUBLES_EQUAL(20, (*sns_provider)->traits().rate_per_second, 0);
}

TEST(AwsSettings, theAddressFollowsTheRegion) {
  STRCMP_EQUAL("https://sms-voice.eu-west-1.amazonaws.com/", url_used_by(**sms(good)).c_str());
  STRCMP_EQUAL("https://sns.eu-west-1.amazonaws.com/", url_used_by(**sns(good)).c_str());
  std::string china = good;
  china.replace(china.find("eu-west-1"), 9, "cn-north-1");
  STRCMP_EQUAL("https://sns.cn-north-1.amazonaws.com.cn/", url_used_by(**sns(china)).c_str());
  STRCMP_EQUAL("http://127.0.0.1:9000/",
               url_used_by(**sns(std::string(good) + "base_url = \"http://127.0.0.1:9000\"")).c_str());
}

TEST(AwsSettings, mistakesAreToldInSentences) {
  struct Case {
    std::string toml;
    const char* sentence;
  };
  std::string bad_region = good;
  bad_region.replace(bad_region.find("eu-west-1"), 9, "eu.west/1");
  std::string bad_key = good;
  bad_key.replace(bad_key.find("AKIDEXAMPLE00000"), 16, "AKID EXAMPLE 000");
  const Case sms_cases[] = {
      {bad_region, "[providers.main] region must be"},
      {bad_key, "[providers.main] access_key_id must be"},
      {std::string(good) + "max_price = \"1\"", "[providers.main] max_price must be"},
      {std::string(good) + "max_price = \"100.5\"", "[providers.main] max_price must be"},
      {std::string(good) + "base_url = \"http://aws.example\"", "[providers.main] base_url must"},
  };
  for (const auto& c : sms_cases) {
    const auto made = sms(c.toml);
    CHECK_FALSE(made.has_value());
    STRCMP_CONTAINS(c.sentence, made.error().message.c_str());
  }
  STRCMP_CONTAINS("sender_id", sns(std::string(good) + "sender_id = \"A B\"").error().message.c_str());
  STRCMP_CONTAINS("origination_number",
                  sns(std::string(good) + "origination_number = \"555-1\"").error().message.c_str());
}
