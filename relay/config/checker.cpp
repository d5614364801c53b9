#include "relay/config/checker.hpp"

#include <algorithm>
#include <array>

#include "relay/base/ascii.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/nearest.hpp"
#include "relay/config/secret.hpp"
#include "relay/config/values.hpp"

namespace relay::config {
namespace {

constexpr std::size_t max_problems = 50;  ///< A file of another program would else print itself once more.
constexpr std::size_t max_name_bytes = 64;

std::string_view without_star(std::string_view path) {
  return path.ends_with(".*") ? path.substr(0, path.size() - 2) : path;
}

std::string_view last_part(std::string_view path) {
  const auto dot = path.rfind('.');
  return dot == std::string_view::npos ? path : path.substr(dot + 1);
}

std::string joined_path(const std::string& path, const std::string& name) {
  return path.empty() ? name : concat(path, ".", name);
}

/// What TOML lets stand without quotes. A table's name goes on to logs, metrics and the journal, and is joined with
/// dots.
bool is_plain_name(std::string_view name) {
  constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return !name.empty() && name.size() <= max_name_bytes && name.find_first_not_of(allowed) == std::string_view::npos;
}

/// All members of `node` that give `setting`: at most one is right.
std::vector<const Node*> members_for(const Setting& setting, const Node& node) {
  std::vector<const Node*> found;
  for (const Node& member : *node.members()) {
    const std::string_view name = member.name;
    if (name == setting.name) found.push_back(&member);
    if (!is_secret(setting) || !name.starts_with(setting.name)) continue;
    if (std::ranges::find(secret_suffixes, name.substr(setting.name.size())) != secret_suffixes.end())
      found.push_back(&member);
  }
  return found;
}

bool names_setting(const Table& table, const Node& member) {
  return std::ranges::any_of(table.settings, [&member](const Setting& setting) {
    if (member.name == setting.name) return true;
    return is_secret(setting) && member.name.starts_with(setting.name) &&
           std::ranges::find(secret_suffixes, std::string_view{member.name}.substr(setting.name.size())) !=
               secret_suffixes.end();
  });
}

std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const Setting& setting : table.settings) names.push_back(setting.name);
  if (!table.kind.empty()) names.emplace_back("kind");
  return names;
}

}  // namespace

Checker::Checker(std::string file, Tables tables, const Environment& environment)
    : file_(std::move(file)), tables_(tables), environment_(environment) {
  const auto slash = file_.rfind('/');
  if (slash != std::string::npos) folder_ = file_.substr(0, slash);
}

Result<Document> Checker::check(const Node& root) {
  walk(root, "");
  add_missing_tables();
  if (problems_.empty()) return std::move(document_);
  Error error{ErrorCode::invalid_argument, ""};
  for (std::size_t i = 0; i < problems_.size() && i < max_problems; ++i) {
    error.message += (i == 0 ? "" : "\n") + problems_[i].message;
  }
  if (problems_.size() > max_problems)
    error.message += concat("\n", file_, ": and ", problems_.size() - max_problems, " more");
  return std::unexpected(std::move(error));
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the paths of the tables, which are ours.
void Checker::walk(const Node& node, const std::string& path) {
  for (const Node& member : *node.members()) {
    const std::string member_path = joined_path(path, member.name);
    if (member.members() == nullptr) {
      if (table_at(member_path) != nullptr || is_star(member_path) || leads_to_table(member_path)) {
        problem(member.line, member_path, "",
                concat("is ", kind_of(member), ", not a table; write [", member_path, "]"));
      } else if (path.empty() || table_at(path) == nullptr) {
        problem(member.line, path, member.name, "stands outside of every table that is known; move it under a [table]");
      }
      continue;  // Settings of a known table are read by read_table.
    }
    if (!is_plain_name(member.name)) {
      refuse_name(member, path);
      continue;
    }
    if (const Table* table = table_at(member_path)) read_table(*table, member, member_path);
    if (is_star(member_path)) {
      walk_named(member, member_path);
    } else if (leads_to_table(member_path)) {
      walk(member, member_path);
    } else if (table_at(member_path) == nullptr && (path.empty() || table_at(path) == nullptr)) {
      std::vector<std::string_view> known;
      for (const Table* table : tables_) known.push_back(without_star(table->path));
      problem(member.line, member_path, "",
              concat("there is no such table", suggestion(member_path, known, "remove it, or see docs/settings.md")));
    }
  }
}

void Checker::walk_named(const Node& node, const std::string& path) {
  for (const Node& member : *node.members()) {
    const std::string member_path = joined_path(path, member.name);
    if (member.members() == nullptr) {
      problem(member.line, path, member.name,
              concat("is not a table; write [", path, ".", member.name, "] and its settings below"));
    } else if (!is_plain_name(member.name)) {
      refuse_name(member, path);
    } else if (const Table* table = table_of_kind(member, path, member_path); table != nullptr) {
      read_table(*table, member, member_path);
    }
  }
}

void Checker::refuse_name(const Node& node, const std::string& path) {
  problem(node.line, path, node.name,
          concat("is not a table's name; take up to ", max_name_bytes, " letters, digits, \"-\" and \"_\""));
}

const Table* Checker::table_of_kind(const Node& node, const std::string& path, const std::string& node_path) {
  const std::string star = concat(path, ".*");
  const auto kinds = kinds_of(path);
  if (kinds.empty()) return table_at(star);
  const std::string all = concat("give one of: ", joined(kinds));
  const auto kind = std::ranges::find(*node.members(), "kind", &Node::name);
  if (kind == node.members()->end()) {
    problem(node.line, node_path, "kind", concat("is missing; ", all));
    return nullptr;
  }
  const auto* wanted = std::get_if<std::string>(&kind->value);
  if (wanted == nullptr) {
    problem(kind->line, node_path, "kind", concat("expected a string, found ", kind_of(*kind), "; ", all));
    return nullptr;
  }
  const auto table =
      std::ranges::find_if(tables_, [&](const Table* known) { return known->path == star && known->kind == *wanted; });
  if (table != tables_.end()) return *table;
  problem(kind->line, node_path, "kind", concat("there is no kind \"", *wanted, "\"", suggestion(*wanted, kinds, all)));
  return nullptr;
}

void Checker::read_table(const Table& table, const Node& node, const std::string& path) {
  Document::Entry entry;
  entry.path = path;
  entry.table = &table;
  entry.line = node.line;
  std::map<std::string, Section::Value, std::less<>> values;
  for (const Setting& setting : table.settings) {
    Section::Value value;
    read_setting(setting, members_for(setting, node), entry, value);
    values.emplace(setting.name, std::move(value));
  }
  if (!table.kind.empty()) values.insert_or_assign("kind", std::string{table.kind});
  refuse_unknown(table, node, path);
  entry.section = Section{std::string{last_part(path)}, std::move(values)};
  document_.entries_.push_back(std::move(entry));
}

void Checker::read_setting(const Setting& setting, const std::vector<const Node*>& given, Document::Entry& entry,
                           Section::Value& value) {
  if (given.empty()) {
    if (setting.required) {
      const auto form = is_secret(setting) ? concat(" (or ", setting.name, "_file, _env, _credential)") : std::string{};
      return problem(entry.line, entry.path, setting.name,
                     concat("is missing; add ", setting.name, form, ": ", setting.text));
    }
    auto fallback = default_of(setting);
    if (fallback) value = *std::move(fallback);
    return;
  }
  if (given.size() > 1) {
    return problem(given[1]->line, entry.path, given[1]->name,
                   concat("the secret is given already by ", given[0]->name, " in line ", given[0]->line,
                          "; keep one of the two"));
  }
  const Node& node = *given.front();
  if (is_secret(setting)) return read_secret_setting(setting, node, entry, value);
  auto checked = check_value(setting, node);
  if (!checked) return problem(node.line, entry.path, node.name, checked.error());
  value = *std::move(checked);
  entry.origin_of.emplace(setting.name, "");
}

void Checker::read_secret_setting(const Setting& setting, const Node& node, Document::Entry& entry,
                                  Section::Value& value) {
  auto secret = read_secret(setting.name, node, folder_, environment_);
  if (!secret) return problem(node.line, entry.path, node.name, secret.error());
  if (auto length = check_length(setting, secret->value); !length)
    return problem(node.line, entry.path, node.name, length.error());
  if (secret->source.empty() && file_is_public_) {
    document_.warnings_.push_back(
        concat(file_, ":", node.line, ": [", entry.path, "] ", node.name,
               ": a secret stands in a file that every user of this machine may read; chmod o-r ", file_, ", or use ",
               setting.name, "_file"));
  }
  value = std::move(secret->value);
  entry.origin_of.emplace(setting.name, std::move(secret->source));
}

void Checker::refuse_unknown(const Table& table, const Node& node, const std::string& path) {
  for (const Node& member : *node.members()) {
    if (names_setting(table, member) || (member.name == "kind" && !table.kind.empty())) continue;
    const std::string member_path = joined_path(path, member.name);
    if (member.members() != nullptr && (table_at(member_path) != nullptr || leads_to_table(member_path))) continue;
    problem(member.line, path, member.name,
            concat("there is no such setting",
                   suggestion(member.name, names_of(table), "remove it, or see docs/settings.md")));
  }
}

void Checker::add_missing_tables() {
  for (const Table* table : tables_) {
    if (table->path.ends_with(".*")) continue;
    if (std::ranges::find(document_.entries_, table->path, &Document::Entry::path) != document_.entries_.end())
      continue;
    read_table(*table, Node{"", 0, Node::Members{}}, std::string{table->path});
  }
}

const Table* Checker::table_at(std::string_view path) const {
  const auto found = std::ranges::find_if(tables_, [path](const Table* table) { return table->path == path; });
  return found == tables_.end() ? nullptr : *found;
}

bool Checker::leads_to_table(std::string_view path) const {
  return std::ranges::any_of(tables_,
                             [path](const Table* table) { return table->path.starts_with(concat(path, ".")); });
}

bool Checker::is_star(std::string_view path) const {
  return std::ranges::any_of(tables_, [path](const Table* table) { return table->path == concat(path, ".*"); });
}

std::vector<std::string_view> Checker::kinds_of(std::string_view prefix) const {
  std::vector<std::string_view> kinds;
  for (const Table* table : tables_) {
    if (table->path == concat(prefix, ".*") && !table->kind.empty()) kinds.push_back(table->kind);
  }
  return kinds;
}

std::string Checker::suggestion(std::string_view word, const std::vector<std::string_view>& known,
                                std::string_view otherwise) const {
  if (const auto near = nearest(word, known)) return concat("; did you mean \"", *near, "\"?");
  return concat("; ", otherwise);
}

void Checker::problem(std::uint32_t line, std::string_view table, std::string_view key, std::string_view sentence) {
  std::string message = file_;
  if (line != 0) message += concat(":", line);
  message += ":";
  if (!table.empty()) message += concat(" [", table, "]");
  if (!key.empty()) message += concat(" ", key);
  const auto place = std::ranges::upper_bound(problems_, line, {}, &Problem::line);
  problems_.insert(place, Problem{line, on_one_line(concat(message, ": ", sentence))});
}

}  // namespace relay::config
