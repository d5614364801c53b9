#include "firmware/console/settings_text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "relay/base/concat.hpp"
#include "relay/config/tree.hpp"

namespace firmware::console {
namespace {

using relay::concat;
using relay::ErrorCode;
using relay::fail;
using relay::Result;
using relay::config::toml_string;
using Lines = std::vector<std::string>;

constexpr std::string_view mask = "********";

Lines lines_of(const std::string& text) {
  Lines lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string text_of(const Lines& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string unquoted(std::string_view name) {
  std::string out{trimmed(name)};
  std::erase(out, '"');
  return out;
}

/// "[providers.twilio-main]" gives "providers.twilio-main".
std::optional<std::string> table_in(std::string_view line) {
  line = trimmed(line);
  if (line.size() < 3 || line.front() != '[' || line[1] == '[') return std::nullopt;
  const auto end = line.find(']');
  if (end == std::string_view::npos) return std::nullopt;
  return unquoted(line.substr(1, end - 1));
}

struct Assignment {
  std::string name;
  std::string value;  ///< As it stands, with what follows it.
};
std::optional<Assignment> assignment_in(std::string_view line) {
  line = trimmed(line);
  const auto equals = line.find('=');
  if (line.empty() || line.front() == '#' || line.front() == '[' || equals == std::string_view::npos)
    return std::nullopt;
  return Assignment{unquoted(line.substr(0, equals)), std::string{trimmed(line.substr(equals + 1))}};
}

struct Path {
  std::string table;
  std::string name;
};
Result<Path> path_of(std::string_view path) {
  const auto dot = path.rfind('.');
  const auto in_names = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == path.size() || !std::ranges::all_of(path, in_names))
    return fail(ErrorCode::invalid_argument, "write TABLE.SETTING, for example listen.address");
  return Path{std::string{path.substr(0, dot)}, std::string{path.substr(dot + 1)}};
}

/// Where the setting stands, and where its table ends (behind its last line that says something).
struct Place {
  std::optional<std::size_t> setting;
  std::optional<std::size_t> table_end;
};
Place find(const Lines& lines, const Path& path) {
  Place place;
  std::string table;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (auto name = table_in(lines[i])) table = std::move(*name);
    if (table != path.table) continue;
    if (!trimmed(lines[i]).empty()) place.table_end = i + 1;
    if (const auto assignment = assignment_in(lines[i]); assignment && assignment->name == path.name) place.setting = i;
  }
  return place;
}

/// Whether brackets outside of strings are open at the line's end.
bool is_open_list(std::string_view value) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    if (quote == '"' && c == '\\') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '#') {
      break;
    } else {
      depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    }
  }
  return depth > 0;
}

bool is_open(std::string_view value) {
  return value.starts_with("\"\"\"") || value.starts_with("'''") || (value.starts_with('[') && is_open_list(value));
}

bool is_secret(std::string_view name) {
  // The file, variable or credential that holds a secret is none.
  for (const std::string_view source : {"_file", "_env", "_credential"}) {
    if (name.ends_with(source)) return false;
  }
  constexpr std::array<std::string_view, 6> words{"token", "secret", "password", "pin", "puk", "passphrase"};
  return std::ranges::any_of(words, [&](std::string_view word) {
    const auto at = name.find(word);
    if (at == std::string_view::npos) return false;
    const bool begins = at == 0 || name[at - 1] == '_';
    const bool ends = at + word.size() == name.size() || name[at + word.size()] == '_';
    return begins && ends;  // "sim_pin", but not "ping_interval"
  });
}

bool is_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool digits = std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return !text.empty() && digits && text.front() != '.' && text.back() != '.' && std::ranges::count(text, '.') <= 1 &&
         (text.size() == 1 || text.front() != '0' || text[1] == '.');
}

/// The lines on which a secret begins, whatever its name looks like there: an inline table, a key with escapes.
void add_secret_lines(const relay::config::Node& node, std::set<std::size_t>& numbers) {
  if (const auto* members = node.members()) {
    for (const auto& member : *members) add_secret_lines(member, numbers);
  } else if (is_secret(node.name)) {
    numbers.insert(node.line);
  }
}

void add_secret_files(const relay::config::Node& node, const std::string& folder, std::vector<std::string>& paths) {
  constexpr std::string_view suffix = "_file";
  if (const auto* members = node.members()) {
    for (const auto& member : *members) add_secret_files(member, folder, paths);
  } else if (const auto* path = std::get_if<std::string>(&node.value);
             path != nullptr && node.name.ends_with(suffix) &&
             is_secret(node.name.substr(0, node.name.size() - suffix.size()))) {
    paths.push_back(path->starts_with('/') ? *path : folder + *path);
  }
}

/// What a file says, without how: each setting by its path, with its value as one text.
using Meaning = std::map<std::string, std::string>;

std::string value_text(const relay::config::Node& node) {
  if (const auto* flag = std::get_if<bool>(&node.value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&node.value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&node.value)) return concat("float ", std::to_string(*number));
  if (const auto* text = std::get_if<std::string>(&node.value)) return toml_string(*text);
  std::string out{kind_of(node)};
  if (const auto* list = std::get_if<relay::config::Node::List>(&node.value)) {
    for (const auto& entry : *list) out += toml_string(entry);
  }
  return out;
}

void add_meaning(const relay::config::Node& node, const std::string& path, Meaning& meaning) {
  const auto* members = node.members();
  if (members == nullptr) meaning[path] = value_text(node);
  if (members == nullptr) return;
  for (const auto& member : *members) {
    const bool bare = !member.name.contains('.');
    add_meaning(member, concat(path, path.empty() ? "" : ".", bare ? member.name : toml_string(member.name)), meaning);
  }
}

Result<Meaning> meaning_of(const std::string& text) {
  const auto root = relay::config::parse_toml(text, "relay.toml");
  if (!root) return std::unexpected(root.error());
  Meaning meaning;
  add_meaning(*root, "", meaning);
  return meaning;
}

Result<Meaning> meaning_to_change(const std::string& text) {
  auto meaning = meaning_of(text);
  if (meaning) return meaning;
  return fail(ErrorCode::invalid_argument,
              concat(meaning.error().message, "; mend the file with config import before you change one setting"));
}

/// A line was changed by what it looks like: whether the file now says what was meant, and nothing else changed.
Result<std::string> as_meant(const Meaning& meant, std::string changed, std::string_view path) {
  if (const auto meaning = meaning_of(changed); meaning && *meaning == meant) return changed;
  return fail(
      ErrorCode::invalid_argument,
      concat(path, " cannot be changed by itself the way this file is written (an inline table, a quoted name, ",
             "a name twice); config import takes a whole file"));
}

/// The line on which a value that begins in lines[at] ends.
std::size_t end_of_value(const Lines& lines, std::size_t at, std::string_view value) {
  const std::string_view delimiter = value.starts_with("\"\"\"") ? "\"\"\"" : value.starts_with("'''") ? "'''" : "]";
  const bool list = delimiter == "]";
  if (list && !is_open(value)) return at;
  std::string_view text = list ? value : value.substr(delimiter.size());
  for (std::size_t last = at;; text = lines[last]) {
    auto end = text.find(delimiter);
    while (!list && end != std::string_view::npos && end > 0 && text[end - 1] == '\\')
      end = text.find(delimiter, end + 1);
    if (end != std::string_view::npos || last + 1 == lines.size()) return last;
    ++last;
  }
}

/// Each line as somebody may see it; nothing: it is the middle of a secret of several lines.
std::vector<std::optional<std::string>> lines_to_show(const Lines& lines, const std::string& text) {
  std::set<std::size_t> secret_lines;
  if (const auto root = relay::config::parse_toml(text, "")) add_secret_lines(*root, secret_lines);
  std::vector<std::optional<std::string>> shown;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto assignment = assignment_in(lines[i]);
    if (!assignment || (!is_secret(assignment->name) && !secret_lines.contains(i + 1))) {
      shown.emplace_back(lines[i]);
      continue;
    }
    shown.emplace_back(concat(lines[i].substr(0, lines[i].find('=')), "= ", toml_string(mask)));
    for (const std::size_t last = end_of_value(lines, i, assignment->value); i < last; ++i) shown.emplace_back();
  }
  return shown;
}

/// Longest common subsequence, from the end: both files are a few hundred lines.
std::vector<std::vector<std::size_t>> common_lengths(const Lines& a, const Lines& b) {
  std::vector<std::vector<std::size_t>> length(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;)
      length[i][j] = a[i] == b[j] ? length[i + 1][j + 1] + 1 : std::max(length[i + 1][j], length[i][j + 1]);
  }
  return length;
}

}  // namespace

std::string toml_value(std::string_view written) {
  written = trimmed(written);
  if (written == "true" || written == "false" || is_number(written)) return std::string{written};
  if (written.size() >= 2 && written.front() == '"' && written.back() == '"' && !written.starts_with("\"\"\""))
    return std::string{written};
  if (written.size() < 2 || written.front() != '[' || written.back() != ']') return toml_string(written);
  std::string out;
  std::istringstream entries(std::string{written.substr(1, written.size() - 2)});
  for (std::string entry; std::getline(entries, entry, ',');) {
    const auto word = trimmed(entry);
    if (word.empty()) continue;
    out += concat(out.empty() ? "" : ", ", word.front() == '"' ? std::string{word} : toml_string(word));
  }
  return "[" + out + "]";
}

Result<std::string> with_setting(const std::string& text, std::string_view path, std::string_view value) {
  const auto where = path_of(path);
  if (!where) return std::unexpected(where.error());
  auto meant = meaning_to_change(text);
  if (!meant) return std::unexpected(meant.error());
  const std::string line = concat(where->name, " = ", value);
  const auto given = meaning_of(line);
  if (!given || given->size() != 1)
    return fail(ErrorCode::invalid_argument, concat("this is no value of a setting as TOML writes it: ", value));
  (*meant)[std::string{path}] = given->begin()->second;
  Lines lines = lines_of(text);
  const Place place = find(lines, *where);
  if (place.setting) {
    if (is_open(assignment_in(lines[*place.setting])->value)) {
      return fail(ErrorCode::invalid_argument,
                  concat(path, " has a value of several lines; config import takes a whole file"));
    }
    lines[*place.setting] = line;
  } else if (place.table_end) {
    lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(*place.table_end), line);
  } else {
    if (!lines.empty() && !trimmed(lines.back()).empty()) lines.emplace_back();
    lines.push_back("[" + where->table + "]");
    lines.push_back(line);
  }
  return as_meant(*meant, text_of(lines), path);
}

Result<std::string> without_setting(const std::string& text, std::string_view path) {
  const auto where = path_of(path);
  if (!where) return std::unexpected(where.error());
  auto meant = meaning_to_change(text);
  if (!meant) return std::unexpected(meant.error());
  meant->erase(std::string{path});
  Lines lines = lines_of(text);
  const Place place = find(lines, *where);
  if (!place.setting) return fail(ErrorCode::not_found, concat("the settings file does not give ", path));
  if (is_open(assignment_in(lines[*place.setting])->value))
    return fail(ErrorCode::invalid_argument,
                concat(path, " has a value of several lines; config import takes a whole file"));
  lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(*place.setting));
  return as_meant(*meant, text_of(lines), path);
}

std::string with_secrets_masked(const std::string& text) {
  std::string out;
  for (const auto& line : lines_to_show(lines_of(text), text)) {
    if (line) out += *line + "\n";
  }
  return out;
}

Result<std::string> with_secrets_from(const std::string& text, const std::string& from) {
  std::map<std::string, std::string> known;
  std::string table;
  for (const auto& line : lines_of(from)) {
    if (auto name = table_in(line)) table = std::move(*name);
    if (const auto assignment = assignment_in(line)) known[concat(table, ".", assignment->name)] = assignment->value;
  }
  Lines lines = lines_of(text);
  table.clear();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (auto name = table_in(lines[i])) table = std::move(*name);
    const auto assignment = assignment_in(lines[i]);
    if (!assignment || assignment->value.find(mask) == std::string::npos) continue;
    const auto found = known.find(concat(table, ".", assignment->name));
    if (found == known.end()) {
      return fail(ErrorCode::not_found, concat("line ", i + 1, ": ", table, ".", assignment->name,
                                               " is masked, and this box has no value for it; write it out"));
    }
    lines[i] = concat(assignment->name, " = ", found->second);
  }
  return text_of(lines);
}

Result<std::vector<std::string>> secret_files_in(const std::string& text, const std::string& settings_file) {
  const auto root = relay::config::parse_toml(text, settings_file);
  if (!root) return std::unexpected(root.error());
  std::vector<std::string> paths;
  add_secret_files(*root, settings_file.substr(0, settings_file.rfind('/') + 1), paths);
  return paths;
}

std::string difference(const std::string& before, const std::string& after) {
  const Lines a = lines_of(before);
  const Lines b = lines_of(after);
  const auto a_shown = lines_to_show(a, before);
  const auto b_shown = lines_to_show(b, after);
  const auto length = common_lengths(a, b);
  std::string out;
  std::string table;
  std::string told;
  const auto tell = [&](char sign, const std::string& line, const std::optional<std::string>& shown) {
    if (table != told && !table_in(line)) out += "  [" + table + "]\n";
    told = table;
    out += concat(std::string(1, sign), " ", shown.value_or(std::string{mask}), "\n");
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool same = i < a.size() && j < b.size() && a[i] == b[j];
    const bool removed = !same && i < a.size() && (j == b.size() || length[i + 1][j] >= length[i][j + 1]);
    const std::string& line = removed || same ? a[i] : b[j];
    if (auto name = table_in(line)) table = std::move(*name);
    if (!same) tell(removed ? '-' : '+', line, removed ? a_shown[i] : b_shown[j]);
    i += same || removed ? 1 : 0;
    j += same || !removed ? 1 : 0;
  }
  return out;
}

}  // namespace firmware::console
