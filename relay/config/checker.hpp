#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/config/document.hpp"
#include "relay/config/tree.hpp"

namespace relay::config {

/// Walks a file's tree along the tables and makes a Document of it, noting every problem on the way. One use, then
/// gone.
class Checker {
 public:
  Checker(std::string file, Tables tables, const Environment& environment);

  /// Where the file's own permissions are known: secrets in a file that every user may read are worth a warning.
  void file_is_readable_by_everybody() { file_is_public_ = true; }

  [[nodiscard]] Result<Document> check(const Node& root);

 private:
  void walk(const Node& node, const std::string& path);
  void walk_named(const Node& node, const std::string& path);
  void refuse_name(const Node& node, const std::string& path);
  [[nodiscard]] const Table* table_of_kind(const Node& node, const std::string& path, const std::string& node_path);
  void read_table(const Table& table, const Node& node, const std::string& path);
  void read_setting(const Setting& setting, const std::vector<const Node*>& given, Document::Entry& entry,
                    Section::Value& value);
  void read_secret_setting(const Setting& setting, const Node& node, Document::Entry& entry, Section::Value& value);
  void refuse_unknown(const Table& table, const Node& node, const std::string& path);
  void add_missing_tables();

  [[nodiscard]] const Table* table_at(std::string_view path) const;
  [[nodiscard]] bool leads_to_table(std::string_view path) const;
  [[nodiscard]] bool is_star(std::string_view path) const;  ///< "providers" when there is a "providers.*".
  [[nodiscard]] std::vector<std::string_view> kinds_of(std::string_view prefix) const;
  [[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string_view>& known,
                                       std::string_view otherwise) const;
  void problem(std::uint32_t line, std::string_view table, std::string_view key, std::string_view sentence);

  std::string file_;
  std::string folder_;
  Tables tables_;
  const Environment& environment_;
  bool file_is_public_ = false;
  Document document_;
  struct Problem {
    std::uint32_t line = 0;
    std::string message;
  };
  std::vector<Problem> problems_;  ///< By line.
};

}  // namespace relay::config
