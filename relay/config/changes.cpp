#include "relay/config/changes.hpp"

#include <algorithm>

namespace relay::config {
namespace {

const Document::Entry* entry_at(const Document& document, const std::string& path) {
  const auto found = std::ranges::find(document.entries(), path, &Document::Entry::path);
  return found == document.entries().end() ? nullptr : &*found;
}

}  // namespace

std::vector<Change> changes(const Document& before, const Document& after) {
  std::vector<Change> found;
  for (const auto& entry : after.entries()) {
    const auto* old = entry_at(before, entry.path);
    if (old == nullptr || old->table != entry.table) {
      found.push_back({entry.path, "", false});
      continue;
    }
    for (const Setting& setting : entry.table->settings) {
      if (old->section.value(setting.name) != entry.section.value(setting.name)) {
        found.push_back({entry.path, std::string{setting.name}, setting.reloadable});
      }
    }
  }
  for (const auto& entry : before.entries()) {
    if (entry_at(after, entry.path) == nullptr) found.push_back({entry.path, "", false});
  }
  return found;
}

}  // namespace relay::config
