#include "tools/modem-sim/model/command.hpp"

#include <charconv>
#include <utility>

namespace modem_sim {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }
bool begins_extended(char c) { return std::string_view{"+^#*$%!"}.contains(c); }

std::size_t end_of_command(std::string_view line, std::size_t from) {
  bool quoted = false;
  for (std::size_t i = from; i < line.size(); ++i) {
    if (line[i] == '"') quoted = !quoted;
    if (line[i] == ';' && !quoted) return i;
  }
  return line.size();
}

std::vector<std::string> split_arguments(std::string_view text) {
  std::vector<std::string> arguments(1);
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      arguments.emplace_back();
    } else if (c != ' ' || quoted) {
      arguments.back() += c;
    }
  }
  return arguments;
}

bool parse_tail(std::string_view tail, Command& command) {
  if (tail.empty()) return true;
  if (tail == "?") return command.form = Form::read, true;
  if (tail == "=?") return command.form = Form::test, true;
  if (tail.front() != '=') return false;
  command.form = Form::set;
  command.arguments = split_arguments(tail.substr(1));
  return true;
}

/// "E0", "&F", "S3=13": one letter (with & for some), a number, for S registers also =value or ?.
std::optional<Command> parse_basic(std::string_view line, std::size_t& at) {
  Command command;
  if (line[at] == '&') command.name += line[at++];
  if (at == line.size() || !is_letter(line[at])) return std::nullopt;
  command.name += upper(line[at++]);
  if (command.name == "D") {
    at = end_of_command(line, at);
    return command;
  }
  std::string digits;
  while (at < line.size() && is_digit(line[at])) digits += line[at++];
  if (command.name != "S") {
    if (!digits.empty()) command.form = Form::set, command.arguments = {digits};
    return command;
  }
  command.name += digits;
  const auto end = end_of_command(line, at);
  const bool understood = parse_tail(line.substr(at, end - at), command);
  at = end;
  return understood ? std::optional{std::move(command)} : std::nullopt;
}

std::optional<Command> parse_extended(std::string_view line, std::size_t& at) {
  Command command;
  command.name += line[at++];
  while (at < line.size() && (is_letter(line[at]) || is_digit(line[at]))) command.name += upper(line[at++]);
  const auto end = end_of_command(line, at);
  auto tail = line.substr(at, end - at);
  while (tail.ends_with(' ')) tail.remove_suffix(1);
  at = end;
  if (command.name.size() < 2 || !parse_tail(tail, command)) return std::nullopt;
  return command;
}

}  // namespace

std::optional<int> Command::number(std::size_t i, int absent) const {
  if (i >= arguments.size() || arguments[i].empty()) return absent;
  int value = 0;
  const auto& text = arguments[i];
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::vector<Command>> parse_command_line(std::string_view line) {
  std::vector<Command> commands;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ' || line[at] == ';') {
      ++at;
      continue;
    }
    auto command = begins_extended(line[at]) ? parse_extended(line, at) : parse_basic(line, at);
    if (!command) return std::nullopt;
    commands.push_back(std::move(*command));
  }
  return commands;
}

}  // namespace modem_sim
