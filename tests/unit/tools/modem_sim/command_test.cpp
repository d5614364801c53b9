#include "tools/modem-sim/model/command.hpp"

#include "tests/unit/tools/modem_sim/modem_bench.hpp"

using modem_sim::Form;
using modem_sim::parse_command_line;

TEST_GROUP(CommandLine){};

TEST(CommandLine, basicCommandsFollowEachOtherExtendedOnesNeedASemicolon) {
  const auto commands = parse_command_line("e0v1&f+cmee=1;+creg?;S3=13");
  CHECK_TRUE(commands.has_value());
  LONGS_EQUAL(6, commands->size());
  SAYS("E", (*commands)[0].name);
  SAYS("&F", (*commands)[2].name);
  SAYS("+CMEE", (*commands)[3].name);
  CHECK_TRUE((*commands)[3].number(0) == 1);
  CHECK_TRUE((*commands)[4].form == Form::read);
  SAYS("S3", (*commands)[5].name);
}

TEST(CommandLine, quotesKeepCommasAndSemicolons) {
  const auto commands = parse_command_line("+CUSD=1,\"*1;2,3#\",15;+CSQ");
  LONGS_EQUAL(2, commands->size());
  LONGS_EQUAL(3, (*commands)[0].arguments.size());
  SAYS("*1;2,3#", (*commands)[0].arguments[1]);
}

TEST(CommandLine, omittedAndWrongNumbersAreToldApart) {
  const auto commands = parse_command_line("+CNMI=2,,0,x");
  const auto& command = commands->front();
  CHECK_TRUE(command.number(0) == 2);
  CHECK_TRUE(command.number(1, 9) == 9);
  CHECK_TRUE(command.number(7, 5) == 5);
  CHECK_FALSE(command.number(3).has_value());
}

TEST(CommandLine, refusesWhatIsNoCommand) {
  for (const auto* line : {"+", "+CMEE1=", "+CMEE!", "&", "&1", "=1", "1", "+CSQ extra"}) {
    const auto commands = parse_command_line(line);
    const bool unknown = commands && commands->front().name == "+CMEE1";
    CHECK_TRUE_TEXT(!commands || unknown, line);
  }
}
