#include "relay/config/render.hpp"

#include <CppUTest/TestHarness.h>

#include "relay/config/changes.hpp"
#include "tests/unit/relay/config/example_tables.hpp"

using relay::config::Change;
using relay::config::changes;

namespace {
constexpr const char* two_tables = R"([listen]
port = 443
note = "q\"\\\u0007"
[providers.a]
kind = "twilio"
account_sid = "AC"
auth_token_env = "TOKEN"
)";
const std::map<std::string, std::string> variables{{"TOKEN", "hush-hush"}};
}  // namespace

TEST_GROUP(Render){};

TEST(Render, printsWhatIsInEffectWithSecretsMasked) {
  const auto document = example::parse(two_tables, variables);
  STRCMP_EQUAL(R"([listen]
address = "127.0.0.1"  # default
port = 443
plain_http = false  # default
header_timeout = "10s"  # default
max_body = "64KiB"  # default
weight = 0.5  # default
level = "info"  # default
hosts = ["localhost", "relay"]  # default
note = "q\"\\\u0007"

[providers.a]
kind = "twilio"
account_sid = "AC"
auth_token = "********"  # from environment variable TOKEN
)",
               relay::config::print(*document).c_str());
}

TEST(Render, whatIsPrintedLoadsAgain) {
  const auto document = example::parse(two_tables, variables);
  const auto again = example::parse(relay::config::print(*document));
  CHECK_TRUE(again.has_value());
  const auto differences = changes(*document, *again);
  LONGS_EQUAL(1, differences.size());  // the masked secret
  STRCMP_EQUAL("auth_token", differences[0].setting.c_str());
}

TEST(Render, docsHaveEverySetting) {
  const std::string docs = relay::config::generate_docs(example::tables);
  STRCMP_CONTAINS("## `[listen]`\n\nThe LAN side.\n", docs.c_str());
  STRCMP_CONTAINS("## `[providers.NAME]` with `kind = \"twilio\"`", docs.c_str());
  STRCMP_CONTAINS("| `header_timeout` | duration | `\"10s\"` | 100ms to 1m | at SIGHUP | Time for the header. |",
                  docs.c_str());
  STRCMP_CONTAINS("| `auth_token` | secret | **required** | at least 4 bytes | at start | Its token. |", docs.c_str());
  STRCMP_CONTAINS("| `level` | string | `\"info\"` | one of: debug, info, error | at SIGHUP | A choice. |",
                  docs.c_str());
}

TEST(Render, theSampleWithoutItsCommentSignsLoads) {
  std::string sample = relay::config::generate_sample(example::tables);
  CHECK_TRUE(example::parse(sample).has_value());
  STRCMP_CONTAINS("#auth_token_file = \"\"\n", sample.c_str());
  STRCMP_CONTAINS("# TCP port. (integer, 1 to 65535)\n#port = 8080\n", sample.c_str());
}

TEST_GROUP(Changes){};

TEST(Changes, nameWhatDiffersAndWhetherItCanBeReloaded) {
  const auto before = example::parse(
      "[listen]\nport = 1\n[providers.gone]\nkind = \"console\"\n[providers.other]\nkind = \"console\"\n");
  const auto after = example::parse(
      "[listen]\nport = 2\nheader_timeout = \"1s\"\n[providers.new]\nkind = \"console\"\n"
      "[providers.other]\nkind = \"twilio\"\naccount_sid = \"a\"\nauth_token = \"bcde\"\n");
  CHECK_TRUE(changes(*before, *before).empty());
  const std::vector<Change> expected{{"listen", "port", false},
                                     {"listen", "header_timeout", true},
                                     {"providers.new", "", false},
                                     {"providers.other", "", false},
                                     {"providers.gone", "", false}};
  CHECK_TRUE(changes(*before, *after) == expected);
}

TEST(Changes, seeARotatedSecret) {
  const auto before = example::parse(two_tables, {{"TOKEN", "first"}});
  const auto after = example::parse(two_tables, {{"TOKEN", "second"}});
  const std::vector<Change> expected{{"providers.a", "auth_token", false}};
  CHECK_TRUE(changes(*before, *after) == expected);
}

TEST(Changes, givingADefaultChangesNothing) {
  CHECK_TRUE(changes(*example::parse(""), *example::parse("[listen]\nport = 8080\n")).empty());
}
