#include "firmware/console/layout.hpp"

#include <algorithm>

#include "firmware/console/printable.hpp"
#include "relay/base/concat.hpp"

namespace firmware::console {
namespace {

void pad(std::string& text, std::size_t width) {
  const std::size_t now = columns(text);
  if (now < width) text.append(width - now, ' ');
}

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      std::string cell = row[i];
      if (i + 1 < row.size()) pad(cell, widths[i] + 2);
      line += cell;
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string fields(const std::vector<std::pair<std::string, std::string>>& all) {
  std::size_t width = 0;
  for (const auto& [name, value] : all) width = value.empty() ? width : std::max(width, columns(name));
  std::string out;
  for (const auto& [name, value] : all) {
    if (value.empty()) continue;
    std::string label = name + ":";
    pad(label, width + 2);
    out += label + value + "\n";
  }
  return out;
}

std::string text_of(const nlohmann::ordered_json& object, const char* member) {
  if (!object.is_object()) return "";
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  return found->dump();
}

std::string duration_text(std::int64_t seconds) {
  if (seconds < 60) return relay::concat(seconds, " s");
  if (seconds < 3600) return relay::concat(seconds / 60, " min ", seconds % 60, " s");
  if (seconds < 86'400) return relay::concat(seconds / 3600, " h ", seconds % 3600 / 60, " min");
  return relay::concat(seconds / 86'400, " d ", seconds % 86'400 / 3600, " h");
}

std::string bytes_text(std::int64_t bytes) {
  if (bytes < 10 * 1024) return relay::concat(bytes, " B");
  if (bytes < 10 * 1024 * 1024) return relay::concat(bytes / 1024, " KiB");
  return relay::concat(bytes / (1024 * 1024), " MiB");
}

}  // namespace firmware::console
