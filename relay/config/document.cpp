#include "relay/config/document.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include "relay/base/concat.hpp"
#include "relay/config/checker.hpp"
#include "relay/config/secret.hpp"
#include "relay/config/values.hpp"

namespace relay::config {
namespace {

constexpr std::size_t max_settings_bytes = 1U << 20U;

void check_setting(const Table& table, const Setting& setting, std::vector<std::string>& bugs) {
  const std::string where = concat("[", table.path, "] ", setting.name, ": ");
  if (!setting.text.ends_with('.')) bugs.push_back(where + "the text does not end with a full stop");
  if (setting.required && !setting.default_value.empty()) bugs.push_back(where + "is required and has a default");
  if (setting.min > setting.max) bugs.push_back(where + "min is larger than max");
  if (is_secret(setting) && !setting.default_value.empty()) bugs.push_back(where + "a secret has no default");
  if (setting.name == "kind" && !table.kind.empty()) bugs.push_back(where + "the name is taken by the table's kind");
  if (auto value = default_of(setting); !value) bugs.push_back(where + value.error());
}

}  // namespace

Result<Document> Document::load(const std::string& path, Tables tables, const Environment& environment) {
  auto file = read_file(path, max_settings_bytes);
  if (!file) return fail(ErrorCode::io, std::move(file.error()));
  auto root = parse_toml(file->text, path);
  if (!root) return std::unexpected(std::move(root.error()));
  Checker checker{path, tables, environment};
  if (file->everybody_may_read) checker.file_is_readable_by_everybody();
  return checker.check(*root);
}

Result<Document> Document::parse(std::string_view text, const std::string& file, Tables tables,
                                 const Environment& environment) {
  auto root = parse_toml(text, file);
  if (!root) return std::unexpected(std::move(root.error()));
  return Checker{file, tables, environment}.check(*root);
}

const Section& Document::section(std::string_view path) const {
  const auto found = std::ranges::find(entries_, path, &Entry::path);
  if (found == entries_.end()) {
    (void)std::fprintf(stderr, "bug: settings table [%.*s] is not registered\n", static_cast<int>(path.size()),
                       path.data());
    std::abort();
  }
  return found->section;
}

bool Document::given(std::string_view path) const {
  const auto found = std::ranges::find(entries_, path, &Entry::path);
  return found != entries_.end() && found->line != 0;
}

std::vector<const Section*> Document::sections(std::string_view prefix) const {
  std::vector<const Section*> found;
  for (const Entry& entry : entries_) {
    if (entry.table->path == concat(prefix, ".*")) found.push_back(&entry.section);
  }
  return found;
}

std::vector<std::string> check_tables(Tables tables) {
  std::vector<std::string> bugs;
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Table* table : tables) {
    if (!seen.emplace(table->path, table->kind).second)
      bugs.push_back(concat("[", table->path, "] ", table->kind, ": is there twice"));
    std::set<std::string_view> names;
    for (const Setting& setting : table->settings) {
      if (!names.insert(setting.name).second)
        bugs.push_back(concat("[", table->path, "] ", setting.name, ": is there twice"));
      check_setting(*table, setting, bugs);
    }
  }
  return bugs;
}

}  // namespace relay::config
