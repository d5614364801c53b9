#include "firmware/console/command_table.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using Kind = Parameter::Kind;
using Words = std::vector<std::string>;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : std::string{separator}) + word;
  return out;
}

std::string upper(std::string_view name) {
  std::string out;
  for (const char c : name) out += c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return out;
}

/// The one of `all` that `word` stands for: itself, or the only one that it begins.
Result<std::string_view> unabbreviated(std::string_view word, const std::vector<std::string_view>& all) {
  std::vector<std::string> begun;
  for (const auto one : all) {
    if (one == word) return one;
    if (!word.empty() && one.starts_with(word)) begun.emplace_back(one);
  }
  if (begun.size() == 1) return *std::ranges::find(all, begun.front());
  if (begun.size() > 1) {
    return fail(ErrorCode::invalid_argument, concat("\"", word, "\" can be ", join(begun, ", "), "; write more of it"));
  }
  std::vector<std::string> listed(all.begin(), all.end());
  return fail(ErrorCode::invalid_argument, concat("\"", word, "\" is not known here; possible: ", join(listed, ", ")));
}

std::string what(const Parameter& parameter) {
  if (parameter.choices.starts_with('@')) return upper(parameter.choices.substr(1, parameter.choices.size() - 2));
  if (!parameter.choices.empty()) return std::string{parameter.choices};
  return parameter.kind == Kind::keyword && parameter.is_number() ? "N" : upper(parameter.name);
}

std::string shape(const Parameter& parameter) {
  std::string out;
  if (parameter.kind == Kind::flag) out = parameter.name;
  if (parameter.kind == Kind::position) out = what(parameter);
  if (parameter.kind == Kind::rest) out = what(parameter) + "...";
  if (parameter.kind == Kind::keyword) out = concat(parameter.name, " ", what(parameter));
  return parameter.required ? out : "[" + out + "]";
}

Result<std::string> check(const Parameter& parameter, const std::string& word) {
  if (parameter.is_number()) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (error != std::errc{} || end != word.data() + word.size() || value < parameter.least || value > parameter.most) {
      return fail(ErrorCode::invalid_argument, concat(parameter.name, " must be a whole number from ", parameter.least,
                                                      " to ", parameter.most, ", not \"", word, "\""));
    }
    return word;
  }
  if (parameter.choices.empty() || parameter.choices.starts_with('@')) return word;
  auto chosen = unabbreviated(word, split(parameter.choices, '|'));
  if (!chosen) return fail(ErrorCode::invalid_argument, concat(parameter.name, ": ", chosen.error().message));
  return std::string{*chosen};
}

/// The keyword or flag that `word` names: in full, or with two dashes.
const Parameter* named(std::span<const Parameter> parameters, std::string_view word) {
  if (word.starts_with("--")) word.remove_prefix(2);
  const auto found = std::ranges::find_if(parameters, [&](const Parameter& parameter) {
    return (parameter.kind == Kind::keyword || parameter.kind == Kind::flag) && parameter.name == word;
  });
  return found == parameters.end() ? nullptr : &*found;
}

const Parameter* next_position(std::span<const Parameter> parameters, const Arguments& given) {
  const auto found = std::ranges::find_if(parameters, [&](const Parameter& parameter) {
    return (parameter.kind == Kind::position || parameter.kind == Kind::rest) && !given.has(parameter.name);
  });
  return found == parameters.end() ? nullptr : &*found;
}

std::string mask(const Parameter& parameter, const std::string& value) { return parameter.secret ? "****" : value; }

/// A required position goes first: a provider may be called "via". Otherwise a keyword's name is the keyword.
const Parameter* meant_by(std::span<const Parameter> parameters, const Arguments& given, const std::string& word) {
  const Parameter* position = next_position(parameters, given);
  const Parameter* name = named(parameters, word);
  if (name != nullptr && given.has(name->name)) name = nullptr;
  return name != nullptr && (position == nullptr || !position->required) ? name : position;
}

Result<std::string> read_arguments(const Command& command, const Words& words, std::size_t at, Arguments& given) {
  const auto usage = [&] { return concat("; write: ", CommandTable::usage(command)); };
  std::string audited{command.words};
  for (; at < words.size(); ++at) {
    const Parameter* parameter = meant_by(command.parameters, given, words[at]);
    if (parameter == nullptr)
      return fail(ErrorCode::invalid_argument, concat("\"", words[at], "\" is too much", usage()));
    if (parameter->kind == Kind::flag) {
      given.set(parameter->name, "yes");
      audited += concat(" ", parameter->name);
      continue;
    }
    if (parameter->kind == Kind::rest) {
      const std::string rest = join(Words(words.begin() + static_cast<std::ptrdiff_t>(at), words.end()), " ");
      given.set(parameter->name, rest);
      audited += " " + mask(*parameter, rest);
      break;
    }
    if (parameter->kind == Kind::keyword) {
      audited += concat(" ", parameter->name);
      if (++at == words.size())
        return fail(ErrorCode::invalid_argument, concat(parameter->name, " wants a value", usage()));
    }
    auto value = check(*parameter, words[at]);
    if (!value) return value;
    audited += " " + mask(*parameter, *value);
    given.set(parameter->name, std::move(*value));
  }
  for (const auto& parameter : command.parameters) {
    if (parameter.required && !given.has(parameter.name))
      return fail(ErrorCode::invalid_argument, concat(what(parameter), " is missing", usage()));
  }
  return audited;
}

Result<Invocation::Filter> read_filter(const Words& words) {
  using Filter = Invocation::Filter;
  const auto name =
      unabbreviated(words.empty() ? std::string_view{} : std::string_view{words[0]}, {"include", "exclude", "json"});
  if (!name) return fail(ErrorCode::invalid_argument, "behind \"|\": " + name.error().message);
  if (*name == "json" && words.size() == 1) return Filter{Filter::Kind::json, {}};
  if (*name == "json" || words.size() < 2) {
    return fail(ErrorCode::invalid_argument, "write: | include TEXT, | exclude TEXT, or | json");
  }
  const auto kind = *name == "include" ? Filter::Kind::include : Filter::Kind::exclude;
  return Filter{kind, join(Words(words.begin() + 1, words.end()), " ")};
}

std::string common_beginning(const std::vector<std::string>& all) {
  std::string common = all.front();
  for (const auto& one : all)
    common.resize(static_cast<std::size_t>(std::ranges::mismatch(common, one).in1 - common.begin()));
  return common;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size() + 2, width), ' ');
  return text;
}

std::string row(const std::string& left, std::string_view right) {
  constexpr std::size_t left_width = 26;
  return concat("  ", padded(left, left_width), right, "\n");
}

/// The words before the cursor, and the one that is being written (empty after a blank). Within a filter: nothing.
struct Half {
  Words words;
  std::string partial;
};
std::optional<Half> halve(std::string_view before_cursor) {
  auto words = split_words(before_cursor);
  if (!words || std::ranges::find(*words, "|") != words->end()) return std::nullopt;
  Half half{std::move(*words), {}};
  if (!half.words.empty() && !before_cursor.empty() && before_cursor.back() != ' ') {
    half.partial = half.words.back();
    half.words.pop_back();
  }
  return half;
}

/// Which arguments stand there already; what does not fit is somebody else's complaint.
Arguments given_so_far(const Command& command, const Words& words, std::size_t at, const Parameter*& open_keyword) {
  Arguments given;
  open_keyword = nullptr;
  for (; at < words.size(); ++at) {
    const Parameter* parameter = meant_by(command.parameters, given, words[at]);
    if (parameter == nullptr) break;
    given.set(parameter->name, words[at]);
    if (parameter->kind != Kind::keyword) continue;
    if (at + 1 == words.size()) open_keyword = parameter;
    ++at;
  }
  return given;
}

void add_choices(std::vector<std::string>& out, const Parameter& parameter, const CommandTable::Names& names) {
  if (parameter.choices.starts_with('@')) {
    for (auto& name : names(parameter.choices.substr(1))) out.push_back(std::move(name));
  } else {
    for (const auto choice : split(parameter.choices, '|')) out.emplace_back(choice);
  }
}

}  // namespace

std::string_view name_of(Role role) {
  switch (role) {
    case Role::view:
      return "view";
    case Role::tech:
      return "tech";
    case Role::admin:
      return "admin";
  }
  return "";
}

std::optional<Role> parse_role(std::string_view word) {
  for (const auto role : {Role::view, Role::tech, Role::admin}) {
    if (name_of(role) == word) return role;
  }
  return std::nullopt;
}

std::int64_t Arguments::number(std::string_view name, std::int64_t otherwise) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  std::int64_t value = otherwise;
  std::from_chars(found->second.data(), found->second.data() + found->second.size(), value);
  return value;
}

Result<Words> split_words(std::string_view line) {
  Words words;
  bool in_word = false;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '\\' && i + 1 < line.size() && (line[i + 1] == '"' || line[i + 1] == '\\')) {
      words.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
      if (quoted && !in_word) words.emplace_back();
      in_word = true;
    } else if (!quoted && (c == ' ' || c == '\t')) {
      in_word = false;
    } else if (!quoted && c == '|') {
      words.emplace_back("|");
      in_word = false;
    } else {
      if (!in_word) words.emplace_back();
      in_word = true;
      words.back() += c;
    }
  }
  if (quoted) return fail(ErrorCode::invalid_argument, "a quotation mark is missing at the end");
  return words;
}

CommandTable::CommandTable(std::vector<Command> commands) : commands_(std::move(commands)) {
  std::ranges::sort(commands_, {}, &Command::words);
}

/// Goes down word by word; an exact word wins over those that it begins.
Result<CommandTable::Found> CommandTable::find(const Words& words) const {
  Found found;
  for (const auto& command : commands_) found.commands.push_back(&command);
  while (true) {
    const auto parts = split(found.commands.front()->words, ' ');
    if (found.commands.size() == 1 && found.words == parts.size()) {
      found.complete = true;
      return found;
    }
    if (found.words == words.size()) return found;
    std::set<std::string_view> possible;
    for (const auto* command : found.commands) possible.insert(split(command->words, ' ')[found.words]);
    const auto word = unabbreviated(words[found.words], {possible.begin(), possible.end()});
    if (!word) return std::unexpected(word.error());
    std::erase_if(found.commands,
                  [&](const Command* command) { return split(command->words, ' ')[found.words] != *word; });
    ++found.words;
  }
}

Result<Invocation> CommandTable::read(const Words& words) const {
  const auto pipe = std::ranges::find(words, "|");
  const Words own(words.begin(), pipe);
  if (own.empty()) return fail(ErrorCode::invalid_argument, "write a command; help lists them");
  auto found = find(own);
  if (!found) return std::unexpected(found.error());
  if (!found->complete) {
    std::set<std::string> possible;
    for (const auto* command : found->commands) possible.emplace(split(command->words, ' ')[found->words]);
    return fail(
        ErrorCode::invalid_argument,
        concat("\"", join(own, " "), "\" wants one more word: ", join({possible.begin(), possible.end()}, ", ")));
  }
  Invocation invocation{.command = found->commands.front(), .arguments = {}, .filters = {}, .audited = {}};
  auto audited = read_arguments(*invocation.command, own, found->words, invocation.arguments);
  if (!audited) return std::unexpected(audited.error());
  invocation.audited = std::move(*audited);
  for (auto at = pipe; at != words.end();) {
    const auto end = std::find(at + 1, words.end(), "|");
    auto filter = read_filter(Words(at + 1, end));
    if (!filter) return std::unexpected(filter.error());
    invocation.filters.push_back(std::move(*filter));
    at = end;
  }
  return invocation;
}

CommandTable::Completion CommandTable::complete(std::string_view before_cursor, Role role, const Names& names) const {
  const auto half = halve(before_cursor);
  if (!half) return {};
  const auto found = find(half->words);
  if (!found) return {};
  std::vector<std::string> all;
  if (!found->complete) {
    std::set<std::string> possible;
    for (const auto* command : found->commands) {
      if (command->role <= role) possible.emplace(split(command->words, ' ')[found->words]);
    }
    all.assign(possible.begin(), possible.end());
  } else if (found->commands.front()->role <= role) {
    const Command& command = *found->commands.front();
    const Parameter* open_keyword = nullptr;
    const Arguments given = given_so_far(command, half->words, found->words, open_keyword);
    const Parameter* position = next_position(command.parameters, given);
    if (open_keyword != nullptr) {
      add_choices(all, *open_keyword, names);
    } else {
      if (position != nullptr) add_choices(all, *position, names);
      for (const auto& parameter : command.parameters) {
        const bool by_name = parameter.kind == Kind::keyword || parameter.kind == Kind::flag;
        if (by_name && !given.has(parameter.name) && (position == nullptr || !position->required))
          all.emplace_back(parameter.name);
      }
    }
  }
  std::erase_if(all, [&](const std::string& word) { return !word.starts_with(half->partial); });
  if (all.empty()) return {};
  Completion completion;
  completion.insertion = common_beginning(all).substr(half->partial.size());
  if (all.size() == 1) {
    completion.insertion += " ";
  } else {
    completion.candidates = std::move(all);
  }
  return completion;
}

std::string CommandTable::explain(std::string_view before_cursor, Role role) const {
  const auto half = halve(before_cursor);
  if (!half) {
    return row("| include TEXT", "Only lines with this text.") + row("| exclude TEXT", "Only lines without it.") +
           row("| json", "The answer as JSON.");
  }
  const auto found = find(half->words);
  if (!found) return "  " + found.error().message + "\n";
  std::string out;
  if (!found->complete) {
    std::map<std::string, std::vector<const Command*>> next;
    for (const auto* command : found->commands) {
      const std::string word{split(command->words, ' ')[found->words]};
      if (command->role <= role && word.starts_with(half->partial)) next[word].push_back(command);
    }
    for (const auto& [word, commands] : next) {
      const bool leaf = commands.size() == 1 && split(commands.front()->words, ' ').size() == found->words + 1;
      if (leaf) {
        out += row(word, commands.front()->help);
        continue;
      }
      std::set<std::string> below;
      for (const auto* command : commands) below.emplace(split(command->words, ' ')[found->words + 1]);
      std::string list = join({below.begin(), below.end()}, ", ");
      constexpr std::size_t room = 50;
      if (list.size() > room) list = list.substr(0, list.rfind(',', room)) + ", ...";
      out += row(word, list);
    }
    return out.empty() ? "  Nothing begins with \"" + half->partial + "\".\n" : out;
  }
  const Command& command = *found->commands.front();
  out = concat("  ", usage(command), "\n", "  ", command.help, "\n");
  for (const auto& parameter : command.parameters) out += row(shape(parameter), parameter.help);
  return out;
}

std::string CommandTable::usage(const Command& command) {
  std::string out{command.words};
  for (const auto& parameter : command.parameters) out += " " + shape(parameter);
  return out;
}

std::string CommandTable::overview(Role role, std::string_view about) const {
  std::string out;
  for (const auto& command : commands_) {
    if (command.role > role || !command.words.starts_with(about)) continue;
    out += row(std::string{command.words}, command.help);
  }
  return out;
}

}  // namespace firmware::console
