#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "relay/base/result.hpp"

namespace relay::config {

/// A settings file as read, before it is checked: names, values and the lines they stand on. The TOML library ends
/// behind this.
struct Node {
  struct Unsupported {
    std::string what;  ///< "a date", "an array of tables": what no setting is made of.
  };
  using List = std::vector<std::string>;  ///< Only arrays whose every entry is a string.
  using Members = std::vector<Node>;      ///< In the order of the file.
  using Value = std::variant<bool, std::int64_t, double, std::string, List, Members, Unsupported>;

  std::string name;
  std::uint32_t line = 0;  ///< 1-based; 0 where nothing in the file made the node.
  Value value;

  [[nodiscard]] const Members* members() const { return std::get_if<Members>(&value); }
};

/// The root: its members are the file's tables. A text that is not TOML gives "FILE:LINE: not valid TOML: ...".
[[nodiscard]] Result<Node> parse_toml(std::string_view text, const std::string& file);

/// As TOML writes a string: in double quotes, with what would end it or is no character of a text escaped.
[[nodiscard]] std::string toml_string(std::string_view text);

/// "a string", "an integer", ...: for sentences about a wrong type.
[[nodiscard]] std::string_view kind_of(const Node& node);

}  // namespace relay::config
