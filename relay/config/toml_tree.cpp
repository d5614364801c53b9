// The one file that knows toml++.
#include <algorithm>
#include <utility>

#include <toml++/toml.h>

#include "relay/base/ascii.hpp"
#include "relay/base/concat.hpp"
#include "relay/config/tree.hpp"

namespace relay::config {
namespace {

Node::Value convert(const toml::node& source);

Node::Value convert_table(const toml::table& table) {
  Node::Members members;
  for (const auto& [key, child] : table) {
    members.push_back(Node{std::string{key.str()}, key.source().begin.line, convert(child)});
  }
  // toml++ keeps names sorted; the file's own order matters to readers (and to the chain of providers).
  std::ranges::sort(members, {}, [](const Node& node) { return std::pair{node.line, std::string_view{node.name}}; });
  return members;
}

Node::Value convert_array(const toml::array& array) {
  if (array.is_array_of_tables()) return Node::Unsupported{"an array of tables"};
  Node::List list;
  for (const auto& entry : array) {
    const auto* text = entry.as_string();
    if (text == nullptr) return Node::Unsupported{"a list with entries that are not strings"};
    list.push_back(text->get());
  }
  return list;
}

// NOLINTNEXTLINE(misc-no-recursion): the depth is bounded by toml++'s own limit on nesting.
Node::Value convert(const toml::node& source) {
  if (const auto* table = source.as_table()) return convert_table(*table);
  if (const auto* array = source.as_array()) return convert_array(*array);
  if (const auto* text = source.as_string()) return text->get();
  if (const auto* integer = source.as_integer()) return integer->get();
  if (const auto* number = source.as_floating_point()) return number->get();
  if (const auto* boolean = source.as_boolean()) return boolean->get();
  return Node::Unsupported{"a date or time"};
}

}  // namespace

Result<Node> parse_toml(std::string_view text, const std::string& file) {
  try {
    const toml::table table = toml::parse(text, file);
    return Node{"", 0, convert_table(table)};
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::invalid_argument, concat(file, ":", error.source().begin.line, ": not valid TOML: ",
                                                    on_one_line(std::string{error.description()})));
  }
}

std::string toml_string(std::string_view text) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (u < 0x20 || u == 0x7f) {
      out += "\\u00";
      out += hex[u >> 4U];
      out += hex[u & 15U];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string_view kind_of(const Node& node) {
  struct Name {
    std::string_view operator()(bool) const { return "true or false"; }
    std::string_view operator()(std::int64_t) const { return "an integer"; }
    std::string_view operator()(double) const { return "a number with a fraction"; }
    std::string_view operator()(const std::string&) const { return "a string"; }
    std::string_view operator()(const Node::List&) const { return "a list of strings"; }
    std::string_view operator()(const Node::Members&) const { return "a table"; }
    std::string_view operator()(const Node::Unsupported& other) const { return other.what; }
  };
  return std::visit(Name{}, node.value);
}

}  // namespace relay::config
