#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A command line of ITU-T V.250 clause 5.2, taken apart.
namespace modem_sim {

enum class Form : char { execute, read, test, set };

struct Command {
  std::string name;  ///< upper case: "+CMGS", "E", "&F", "S0"
  Form form = Form::execute;
  std::vector<std::string> arguments;  ///< of a set, without quotes; an omitted one is empty
  /// The i-th argument as a number; `absent` when omitted, nullopt when it is not a number.
  [[nodiscard]] std::optional<int> number(std::size_t i, int absent = 0) const;
};

/// `line` without "AT" and CR. nullopt when it does not follow the grammar.
[[nodiscard]] std::optional<std::vector<Command>> parse_command_line(std::string_view line);

}  // namespace modem_sim
