#include "relay/config/values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <ranges>

#include "relay/base/concat.hpp"

namespace relay::config {
namespace {

using Checked = std::expected<Section::Value, std::string>;

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
// Ascending: formatting takes the last that divides without rest.
constexpr std::array<Unit, 5> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 4> byte_units{{{"B", 1}, {"KiB", 1LL << 10U}, {"MiB", 1LL << 20U}, {"GiB", 1LL << 30U}}};

constexpr std::int64_t no_min = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t no_max = std::numeric_limits<std::int64_t>::max();

std::optional<std::int64_t> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || count < 0) return std::nullopt;
  const std::string_view unit_name{rest, static_cast<std::size_t>(end - rest)};
  const auto unit = std::ranges::find(units, unit_name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  if (count > no_max / unit->factor) return std::nullopt;
  return count * unit->factor;
}

std::string format_with_unit(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = units.data();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) best = &unit;
  }
  return concat(value / best->factor, best->name);
}

std::string to_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

/// A bound as the setting's type writes it.
std::string bound(const Setting& setting, std::int64_t value) {
  switch (setting.type) {
    case Type::duration:
      return format_duration(Millis{value});
    case Type::bytes:
      return format_bytes(value);
    case Type::list:
      return concat(value, " entries");
    case Type::text:
    case Type::secret:
      return concat(value, " bytes");
    case Type::boolean:
    case Type::integer:
    case Type::number:
      break;
  }
  return std::to_string(value);
}

std::vector<std::string_view> choices_of(const Setting& setting) {
  std::vector<std::string_view> choices;
  if (setting.choices.empty()) return choices;
  for (const auto part : std::views::split(setting.choices, '|')) choices.emplace_back(part.begin(), part.end());
  return choices;
}

template <class T>
std::optional<std::string> out_of_range(const Setting& setting, T value, const std::string& shown) {
  const bool low = setting.min != no_min && value < static_cast<T>(setting.min);
  const bool high = setting.max != no_max && value > static_cast<T>(setting.max);
  if (!low && !high) return std::nullopt;
  return concat(shown, " is out of range; give ", bounds_text(setting));
}

std::optional<std::string> not_a_choice(const Setting& setting, std::string_view value) {
  const auto choices = choices_of(setting);
  if (choices.empty() || std::ranges::find(choices, value) != choices.end()) return std::nullopt;
  return concat("\"", value, "\" is not one of the choices; give one of: ", joined(choices));
}

Checked wrong_type(std::string_view expected, const Node& node) {
  return std::unexpected(concat("expected ", expected, ", found ", kind_of(node), "; correct the value"));
}

Checked check_integer(const Setting& setting, const Node& node) {
  const auto* value = std::get_if<std::int64_t>(&node.value);
  if (value == nullptr) return wrong_type("an integer", node);
  if (auto trouble = out_of_range(setting, *value, std::to_string(*value))) return std::unexpected(*trouble);
  return *value;
}

Checked check_number(const Setting& setting, const Node& node) {
  double value = 0;
  if (const auto* integer = std::get_if<std::int64_t>(&node.value)) {
    value = static_cast<double>(*integer);
  } else if (const auto* number = std::get_if<double>(&node.value); number != nullptr) {
    if (!std::isfinite(*number)) return std::unexpected("is not a finite number; give one");
    value = *number;
  } else {
    return wrong_type("a number", node);
  }
  if (auto trouble = out_of_range(setting, value, to_text(value))) return std::unexpected(*trouble);
  return value;
}

Checked check_duration(const Setting& setting, const Node& node) {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) {
    return std::unexpected(
        concat("expected a duration, found ", kind_of(node), "; write it as a string with a unit, such as \"30s\""));
  }
  const auto value = parse_duration(*text);
  if (!value) {
    return std::unexpected(
        concat("\"", *text, "\" is not a duration; write a whole number and ms, s, m, h or d, such as \"30s\""));
  }
  if (auto trouble = out_of_range(setting, value->count(), format_duration(*value))) return std::unexpected(*trouble);
  return *value;
}

Checked check_bytes(const Setting& setting, const Node& node) {
  std::optional<std::int64_t> value;
  if (const auto* integer = std::get_if<std::int64_t>(&node.value); integer != nullptr && *integer >= 0)
    value = *integer;
  if (const auto* text = std::get_if<std::string>(&node.value)) value = parse_bytes(*text);
  if (!value)
    return std::unexpected(
        "is not a size; write a whole number of bytes, or a string such as \"64KiB\", \"200MiB\" or \"2GiB\"");
  if (auto trouble = out_of_range(setting, *value, format_bytes(*value))) return std::unexpected(*trouble);
  return *value;
}

Checked check_text(const Setting& setting, const Node& node) {
  const auto* text = std::get_if<std::string>(&node.value);
  if (text == nullptr) return wrong_type("a string", node);
  if (auto trouble = not_a_choice(setting, *text)) return std::unexpected(*trouble);
  if (auto length = check_length(setting, *text); !length) return std::unexpected(length.error());
  return *text;
}

Checked check_list(const Setting& setting, const Node& node) {
  const auto* list = std::get_if<Node::List>(&node.value);
  if (list == nullptr) return wrong_type("a list of strings", node);
  for (const auto& entry : *list) {
    if (auto trouble = not_a_choice(setting, entry)) return std::unexpected(*trouble);
  }
  const auto count = static_cast<std::int64_t>(list->size());
  if (auto trouble = out_of_range(setting, count, concat("a list of ", count, " entries")))
    return std::unexpected(*trouble);
  return *list;
}

/// A default "a, b" or "[a, b]" as a list; "" and "[]" are both the empty one.
Node::List split_list(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  Node::List list;
  for (const auto part : std::views::split(text, ',')) {
    std::string_view entry{part.begin(), part.end()};
    while (entry.starts_with(' ')) entry.remove_prefix(1);
    while (entry.ends_with(' ')) entry.remove_suffix(1);
    if (!entry.empty()) list.emplace_back(entry);
  }
  return list;
}

std::optional<Node::Value> default_node(const Setting& setting) {
  const std::string_view text = setting.default_value;
  const char* const end = text.data() + text.size();
  switch (setting.type) {
    case Type::boolean:
      if (text != "true" && text != "false") return std::nullopt;
      return text == "true";
    case Type::integer: {
      std::int64_t value = 0;
      const auto [rest, error] = std::from_chars(text.data(), end, value);
      if (error != std::errc{} || rest != end) return std::nullopt;
      return value;
    }
    case Type::number: {
      double value = 0;
      const auto [rest, error] = std::from_chars(text.data(), end, value);
      if (error != std::errc{} || rest != end) return std::nullopt;
      return value;
    }
    case Type::list:
      return split_list(text);
    case Type::secret:
      return std::nullopt;  // A secret that is in the source is none.
    case Type::duration:
    case Type::bytes:
    case Type::text:
      break;
  }
  return std::string{text};
}

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  const auto value = parse_with_unit(text, duration_units);
  if (!value) return std::nullopt;
  return Millis{*value};
}

std::string format_duration(Millis duration) {
  if (duration == Millis::zero()) return "0s";
  return format_with_unit(duration.count(), duration_units);
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
    return parse_with_unit(std::string{text} + "B", byte_units);
  }
  return parse_with_unit(text, byte_units);
}

std::string format_bytes(std::int64_t bytes) { return format_with_unit(bytes, byte_units); }

std::string_view type_name(Type type) {
  switch (type) {
    case Type::boolean:
      return "boolean";
    case Type::integer:
      return "integer";
    case Type::number:
      return "number";
    case Type::duration:
      return "duration";
    case Type::bytes:
      return "size";
    case Type::text:
      return "string";
    case Type::list:
      return "list of strings";
    case Type::secret:
      return "secret";
  }
  return "?";
}

std::expected<Section::Value, std::string> check_value(const Setting& setting, const Node& node) {
  switch (setting.type) {
    case Type::boolean:
      if (const auto* value = std::get_if<bool>(&node.value)) return *value;
      return wrong_type("true or false", node);
    case Type::integer:
      return check_integer(setting, node);
    case Type::number:
      return check_number(setting, node);
    case Type::duration:
      return check_duration(setting, node);
    case Type::bytes:
      return check_bytes(setting, node);
    case Type::text:
    case Type::secret:
      return check_text(setting, node);
    case Type::list:
      return check_list(setting, node);
  }
  return std::unexpected("has a type that nobody knows");
}

std::expected<Section::Value, std::string> default_of(const Setting& setting) {
  if (setting.default_value.empty()) return Section::Value{};
  auto value = default_node(setting);
  if (!value)
    return std::unexpected(concat("the default \"", setting.default_value, "\" is not a ", type_name(setting.type)));
  return check_value(setting, Node{std::string{setting.name}, 0, *std::move(value)});
}

std::expected<void, std::string> check_length(const Setting& setting, std::string_view content) {
  const auto length = static_cast<std::int64_t>(content.size());
  if (auto trouble = out_of_range(setting, length, concat("a value of ", length, " bytes")))
    return std::unexpected(*trouble);
  return {};
}

std::string to_toml(const Setting& setting, const Section::Value& value) {
  struct Write {
    const Setting& setting;
    std::string operator()(std::monostate) const { return ""; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const {
      return setting.type == Type::bytes ? toml_string(format_bytes(v)) : std::to_string(v);
    }
    std::string operator()(double v) const {
      std::string out = to_text(v);
      return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
    }
    std::string operator()(Millis v) const { return toml_string(format_duration(v)); }
    std::string operator()(const std::string& v) const { return toml_string(is_secret(setting) ? "********" : v); }
    std::string operator()(const std::vector<std::string>& v) const {
      std::string out;
      for (const auto& entry : v) out += (out.empty() ? "" : ", ") + toml_string(entry);
      return "[" + out + "]";
    }
  };
  return std::visit(Write{setting}, value);
}

std::string bounds_text(const Setting& setting) {
  if (!setting.choices.empty()) return "one of: " + joined(choices_of(setting));
  const bool low = setting.min != no_min;
  const bool high = setting.max != no_max;
  if (low && high) return concat(bound(setting, setting.min), " to ", bound(setting, setting.max));
  if (low) return "at least " + bound(setting, setting.min);
  if (high) return "at most " + bound(setting, setting.max);
  return "";
}

}  // namespace relay::config
