#include "relay/config/document.hpp"

#include <vector>

#include <CppUTest/TestHarness.h>

#include "tests/unit/relay/config/example_tables.hpp"

using relay::Millis;

TEST_GROUP(Document){static std::string refusal(std::string_view text){const auto document = example::parse(text);
return document ? "(no error)" : document.error().message;
}
}
;

TEST(Document, anEmptyFileGivesTheDefaults) {
  const auto document = example::parse("");
  CHECK_TRUE(document.has_value());
  const auto& listen = document->section("listen");
  STRCMP_EQUAL("127.0.0.1", listen.text("address").c_str());
  LONGS_EQUAL(8080, listen.integer("port"));
  CHECK_FALSE(listen.boolean("plain_http"));
  CHECK_TRUE(listen.duration("header_timeout") == Millis{10'000});
  LONGS_EQUAL(65536, listen.integer("max_body"));
  DOUBLES_EQUAL(0.5, listen.number("weight"), 0);
  CHECK_TRUE(listen.list("hosts") == (std::vector<std::string>{"localhost", "relay"}));
  CHECK_FALSE(listen.has("note"));
  STRCMP_EQUAL("", listen.text("note").c_str());
  CHECK_FALSE(document->given("listen"));
  CHECK_TRUE(document->sections("providers").empty());
}

TEST(Document, whatTheFileSaysWins) {
  const auto document = example::parse(R"(
[listen]
address = "0.0.0.0"
port = 443
plain_http = true
header_timeout = "250ms"
max_body = 4096
weight = 1
level = "debug"
hosts = []
)");
  CHECK_TRUE(document.has_value());
  const auto& listen = document->section("listen");
  STRCMP_EQUAL("0.0.0.0", listen.text("address").c_str());
  LONGS_EQUAL(443, listen.integer("port"));
  CHECK_TRUE(listen.boolean("plain_http"));
  CHECK_TRUE(listen.duration("header_timeout") == Millis{250});
  LONGS_EQUAL(4096, listen.integer("max_body"));
  DOUBLES_EQUAL(1.0, listen.number("weight"), 0);
  CHECK_TRUE(listen.has("hosts"));
  CHECK_TRUE(listen.list("hosts").empty());
  CHECK_TRUE(document->given("listen"));
}

TEST(Document, namedTablesComeInTheOrderOfTheFile) {
  const auto document = example::parse(R"(
[providers.zebra]
kind = "console"
[providers.apple]
kind = "twilio"
account_sid = "AC1"
auth_token = "secret"
)");
  CHECK_TRUE(document.has_value());
  const auto providers = document->sections("providers");
  LONGS_EQUAL(2, providers.size());
  STRCMP_EQUAL("zebra", providers[0]->name().c_str());
  STRCMP_EQUAL("console", providers[0]->text("kind").c_str());
  STRCMP_EQUAL("> ", providers[0]->text("prefix").c_str());
  STRCMP_EQUAL("apple", providers[1]->name().c_str());
  STRCMP_EQUAL("secret", providers[1]->text("auth_token").c_str());
  CHECK_TRUE(document->given("providers.apple"));
}

TEST(Document, eachRefusalNamesFileLineTableKeyReasonAndRemedy) {
  struct Case {
    const char* text;
    const char* message;
  };
  const std::vector<Case> cases{
      {"[listen]\nprot = 1", "relay.toml:2: [listen] prot: there is no such setting; did you mean \"port\"?"},
      {"[listen]\nxyzzyplugh = 1",
       "relay.toml:2: [listen] xyzzyplugh: there is no such setting; remove it, or see docs/settings.md"},
      {"\n[lisen]\nport = 1", "relay.toml:2: [lisen]: there is no such table; did you mean \"listen\"?"},
      {"port = 1", "relay.toml:1: port: stands outside of every table that is known; move it under a [table]"},
      {"[listen]\nport = \"80\"",
       "relay.toml:2: [listen] port: expected an integer, found a string; correct the value"},
      {"[listen]\nport = 0", "relay.toml:2: [listen] port: 0 is out of range; give 1 to 65535"},
      {"[listen]\nport = 65536", "relay.toml:2: [listen] port: 65536 is out of range; give 1 to 65535"},
      {"[listen]\nport = 1.5",
       "relay.toml:2: [listen] port: expected an integer, found a number with a fraction; correct the value"},
      {"[listen]\nplain_http = 1",
       "relay.toml:2: [listen] plain_http: expected true or false, found an integer; correct the value"},
      {"[listen]\nheader_timeout = 10",
       "relay.toml:2: [listen] header_timeout: expected a duration, found an integer; write it as a string with a "
       "unit, such as \"30s\""},
      {"[listen]\nheader_timeout = \"10\"",
       "relay.toml:2: [listen] header_timeout: \"10\" is not a duration; write a whole number and ms, s, m, h or d, "
       "such as \"30s\""},
      {"[listen]\nheader_timeout = \"2m\"",
       "relay.toml:2: [listen] header_timeout: 2m is out of range; give 100ms to 1m"},
      {"[listen]\nmax_body = \"64K\"",
       "relay.toml:2: [listen] max_body: is not a size; write a whole number of bytes, or a string such as \"64KiB\", "
       "\"200MiB\" or \"2GiB\""},
      {"[listen]\nmax_body = \"2MiB\"", "relay.toml:2: [listen] max_body: 2MiB is out of range; give 1KiB to 1MiB"},
      {"[listen]\nweight = 1.25", "relay.toml:2: [listen] weight: 1.25 is out of range; give 0 to 1"},
      {"[listen]\nweight = nan", "relay.toml:2: [listen] weight: is not a finite number; give one"},
      {"[listen]\nlevel = \"loud\"",
       "relay.toml:2: [listen] level: \"loud\" is not one of the choices; give one of: debug, info, error"},
      {"[listen]\nhosts = \"a\"",
       "relay.toml:2: [listen] hosts: expected a list of strings, found a string; correct the value"},
      {"[listen]\nhosts = [1]",
       "relay.toml:2: [listen] hosts: expected a list of strings, found a list with entries that are not strings; "
       "correct the value"},
      {"[listen]\nhosts = [\"1\",\"2\",\"3\",\"4\",\"5\"]",
       "relay.toml:2: [listen] hosts: a list of 5 entries is out of range; give at most 4 entries"},
      {"[listen]\nnote = \"123456789\"",
       "relay.toml:2: [listen] note: a value of 9 bytes is out of range; give at most 8 bytes"},
      {"[listen.port]\nx = 1", "relay.toml:1: [listen] port: expected an integer, found a table; correct the value"},
      {"[listen.deeper]\nx = 1",
       "relay.toml:1: [listen] deeper: there is no such setting; remove it, or see docs/settings.md"},
      {"[[listen]]\nport = 1", "relay.toml:1: [listen]: is an array of tables, not a table; write [listen]"},
      {"listen = 1", "relay.toml:1: [listen]: is an integer, not a table; write [listen]"},
      {"[providers]\nx = 1", "relay.toml:2: [providers] x: is not a table; write [providers.x] and its settings below"},
      {"[providers.\"a.b\"]\nkind = \"console\"",
       "relay.toml:1: [providers] a.b: is not a table's name; take up to 64 letters, digits, \"-\" and \"_\""},
      {"[\"providers.*\"]\nkind = \"console\"",
       "relay.toml:1: providers.*: is not a table's name; take up to 64 letters, digits, \"-\" and \"_\""},
      {"[listen]\nlevel = \"a\\n\\u001b[2J\"",
       "relay.toml:2: [listen] level: \"a??[2J\" is not one of the choices; give one of: debug, info, error"},
      {"[providers.a]\n", "relay.toml:1: [providers.a] kind: is missing; give one of: twilio, console"},
      {"[providers.a]\nkind = 3",
       "relay.toml:2: [providers.a] kind: expected a string, found an integer; give one of: twilio, console"},
      {"[providers.a]\nkind = \"twillio\"",
       "relay.toml:2: [providers.a] kind: there is no kind \"twillio\"; did you mean \"twilio\"?"},
      {"[providers.a]\nkind = \"carrier-pigeon\"",
       "relay.toml:2: [providers.a] kind: there is no kind \"carrier-pigeon\"; give one of: twilio, console"},
      {"[providers.a]\nkind = \"twilio\"\nauth_token = \"abcd\"",
       "relay.toml:1: [providers.a] account_sid: is missing; add account_sid: The account."},
      {"[providers.a]\nkind = \"twilio\"\naccount_sid = \"x\"",
       "relay.toml:1: [providers.a] auth_token: is missing; add auth_token (or auth_token_file, _env, _credential): "
       "Its token."},
  };
  for (const auto& one : cases) STRCMP_EQUAL_TEXT(one.message, refusal(one.text).c_str(), one.text);
}

TEST(Document, whatIsNotTomlSaysWhere) {
  const std::string message = refusal("[listen]\nport = = 1\n");
  STRCMP_CONTAINS("relay.toml:2: not valid TOML: ", message.c_str());
  STRCMP_CONTAINS("relay.toml:3: not valid TOML: ", refusal("[listen]\nport = 1\nport = 2\n").c_str());
}

TEST(Document, allErrorsComeAtOnceInTheOrderOfTheLines) {
  STRCMP_EQUAL(
      "relay.toml:2: [providers.a] kind: there is no kind \"x\"; give one of: twilio, console\n"
      "relay.toml:4: [listen] port: 0 is out of range; give 1 to 65535\n"
      "relay.toml:5: [listen] prefix: there is no such setting; remove it, or see docs/settings.md",
      refusal("[providers.a]\nkind = \"x\"\n[listen]\nport = 0\nprefix = 1\n").c_str());
}

TEST(Document, aForeignFileDoesNotFloodTheTerminal) {
  std::string text = "[listen]\n";
  for (int i = 0; i < 500; ++i) text += "unheard_of_name_" + std::to_string(i) + " = 1\n";
  const std::string message = refusal(text);
  LONGS_EQUAL(50, std::count(message.begin(), message.end(), '\n'));
  STRCMP_CONTAINS("relay.toml: and 450 more", message.c_str());
}

TEST(Document, theTablesThemselvesAreChecked) {
  CHECK_TRUE(relay::config::check_tables(example::tables).empty());
  using relay::config::Setting;
  using relay::config::Type;
  static constexpr std::array settings{
      Setting{.name = "a", .type = Type::integer, .default_value = "9", .text = "Nine.", .max = 8},
      Setting{.name = "a", .type = Type::duration, .default_value = "soon", .text = "No stop"},
      Setting{.name = "b", .type = Type::secret, .default_value = "x", .text = "Text."},
  };
  static constexpr relay::config::Table table{.path = "t", .kind = "", .text = "T.", .settings = settings};
  const std::array<const relay::config::Table*, 1> tables{&table};
  LONGS_EQUAL(6, relay::config::check_tables(tables).size());
}
