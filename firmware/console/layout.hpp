#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace firmware::console {

/// A table of words: columns as wide as their widest cell, two blanks between them.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// "name:   value" lines, values in one column. An empty value leaves its line out.
[[nodiscard]] std::string fields(const std::vector<std::pair<std::string, std::string>>& all);

/// A member as text, whatever its type; empty when it is not there or null.
[[nodiscard]] std::string text_of(const nlohmann::ordered_json& object, const char* member);
/// "3 h 12 min", "12 s".
[[nodiscard]] std::string duration_text(std::int64_t seconds);
/// "812 MiB".
[[nodiscard]] std::string bytes_text(std::int64_t bytes);

}  // namespace firmware::console
