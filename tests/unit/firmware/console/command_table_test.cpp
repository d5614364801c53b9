#include "firmware/console/command_table.hpp"

#include <array>
#include <set>

#include <CppUTest/TestHarness.h>

#include "firmware/console/commands/commands.hpp"

using namespace firmware::console;

namespace {

std::vector<std::string> names(std::string_view kind) {
  if (kind == "providers") return {"twilio-main", "twilio-spare", "modem-1"};
  return {};
}

}  // namespace

TEST_GROUP(CommandTable) {
  CommandTable table{all_commands()};

  relay::Result<Invocation> read(std::string_view line) {
    const auto words = split_words(line);
    if (!words) return std::unexpected(words.error());
    return table.read(*words);
  }
  std::string audited(std::string_view line) {
    const auto invocation = read(line);
    return invocation ? invocation->audited : invocation.error().message;
  }
  void refused(std::string_view line, std::string_view with) {
    const auto invocation = read(line);
    CHECK_FALSE(invocation.has_value());
    CHECK_TRUE(invocation.error().message.find(with) != std::string::npos);
  }
};

/// The table itself: what the reader of commands takes for granted.
TEST(CommandTable, noCommandBeginsAnother) {
  for (const auto& one : table.commands()) {
    CHECK_TRUE(one.run != nullptr);
    CHECK_TRUE(one.help.ends_with('.'));
    CHECK_TRUE(one.help.size() <= 70);
    for (const auto& other : table.commands()) {
      if (&one == &other) continue;
      CHECK_FALSE(other.words == one.words);
      CHECK_FALSE(other.words.starts_with(std::string{one.words} + " "));
    }
    std::set<std::string_view> seen;
    for (const auto& parameter : one.parameters) {
      CHECK_TRUE(seen.insert(parameter.name).second);
      CHECK_TRUE(parameter.help.ends_with('.') || parameter.help == "TABLE.SETTING");
    }
  }
}

TEST(CommandTable, wordsMayBeAbbreviatedWhileTheyAreClear) {
  STRCMP_EQUAL("show status", audited("sh stat").c_str());
  STRCMP_EQUAL("show queue state queued limit 5", audited("sh q state queu limit 5").c_str());
  STRCMP_EQUAL("queue retry 0abc", audited("q ret 0abc").c_str());
  refused("s", "can be");
  refused("show s", "signal, sim, status, storage");
  refused("shew", "not known");
  refused("show", "one more word");
  refused("", "write a command");
}

TEST(CommandTable, argumentsAreChecked) {
  STRCMP_EQUAL("failover simulate uplink-down 5", audited("failover sim up 5").c_str());
  refused("failover simulate uplink-down 500", "1 to 240");
  refused("failover simulate uplink-down five", "whole number");
  refused("failover simulate", "missing");
  refused("show status now", "too much");
  refused("show queue state", "wants a value");
  refused("show queue state sleeping", "possible");
  refused("key add", "NAME is missing");
}

TEST(CommandTable, keywordsMayHaveDashesAndAnyPlaceBehind) {
  const auto invocation = read("key add pumps --weight 3 --class alarm");
  CHECK_TRUE(invocation.has_value());
  STRCMP_EQUAL("pumps", invocation->arguments.text("name").c_str());
  CHECK_EQUAL(3, invocation->arguments.number("weight", 1));
  STRCMP_EQUAL("alarm", invocation->arguments.text("class").c_str());
  CHECK_TRUE(read("key add class class alarm").has_value());  // an application may be called so
}

TEST(CommandTable, secretsAreNotAudited) {
  STRCMP_EQUAL("config set providers.tw.auth_token ****",
               audited("config set providers.tw.auth_token geheim 1").c_str());
  STRCMP_EQUAL("test send +358401234567 text ****", audited("test send +358401234567 text \"code 4711\"").c_str());
}

TEST(CommandTable, quotesHoldWordsTogether) {
  const auto words = split_words(R"(a "b c" d"e f"g "" "\"q\\" | x)");
  CHECK_TRUE(words.has_value());
  CHECK(*words == (std::vector<std::string>{"a", "b c", "de fg", "", "\"q\\", "|", "x"}));
  CHECK_FALSE(split_words("a \"b").has_value());
}

TEST(CommandTable, filtersStandBehind) {
  const auto invocation = read("show log 50 | include modem | json");
  CHECK_TRUE(invocation.has_value());
  CHECK_EQUAL(2, invocation->filters.size());
  STRCMP_EQUAL("modem", invocation->filters[0].text.c_str());
  refused("show log | sort", "not known");
  refused("show log | include", "TEXT");
}

TEST(CommandTable, completesWordsChoicesAndNames) {
  STRCMP_EQUAL("ow ", table.complete("sh", Role::view, names).insertion.c_str());
  STRCMP_EQUAL("us ", table.complete("show stat", Role::view, names).insertion.c_str());
  CHECK_EQUAL(3, table.complete("show s", Role::view, names).candidates.size() - 1);
  STRCMP_EQUAL("wilio-", table.complete("provider disable t", Role::tech, names).insertion.c_str());
  CHECK_EQUAL(3, table.complete("provider disable ", Role::tech, names).candidates.size());
  STRCMP_EQUAL("plink-down ", table.complete("failover simulate u", Role::tech, names).insertion.c_str());
  STRCMP_EQUAL("odem-1 ", table.complete("test send +358401234567 via m", Role::tech, names).insertion.c_str());
  STRCMP_EQUAL("elivered ", table.complete("show queue state d", Role::view, names).insertion.c_str());
}

TEST(CommandTable, aRoleSeesItsOwnCommandsOnly) {
  CHECK_TRUE(table.complete("provider d", Role::view, names).insertion.empty());
  CHECK_TRUE(table.overview(Role::view).find("queue purge") == std::string::npos);
  CHECK_TRUE(table.overview(Role::admin).find("queue purge") != std::string::npos);
  CHECK_TRUE(table.explain("", Role::view).find("provider") == std::string::npos);
}

TEST(CommandTable, explainsWhatMayComeNext) {
  CHECK_TRUE(table.explain("test send ", Role::tech).find("test send NUMBER [via PROVIDER] [wait N]") !=
             std::string::npos);
  CHECK_TRUE(table.explain("show ", Role::view).find("status") != std::string::npos);
  CHECK_TRUE(table.explain("show log | ", Role::view).find("include") != std::string::npos);
  CHECK_TRUE(table.explain("nonsense ", Role::view).find("not known") != std::string::npos);
}

/// Whatever is typed, reading, completing and explaining end in an answer.
TEST(CommandTable, anyLineIsRead) {
  const std::string_view pieces[] = {"show",     "sh",  " ",     "\"",    "|",
                                     "include",  "via", "--",    "test",  "send",
                                     "config",   "set", "\\",    "1",     "999999999999999999999",
                                     "provider", "x",   "|json", "queue", "confirm"};
  std::uint32_t state = 3;
  for (int i = 0; i < 3000; ++i) {
    std::string line;
    for (int piece = 0; piece < 6; ++piece) {
      state = state * 1664525U + 1013904223U;
      line += std::string{pieces[(state >> 16U) % std::size(pieces)]} + ((state >> 8U) % 3 == 0 ? "" : " ");
    }
    (void)read(line).has_value();
    (void)table.complete(line, Role::admin, names);
    CHECK_FALSE(table.explain(line, Role::admin).empty());
  }
}
