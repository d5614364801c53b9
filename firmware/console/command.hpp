#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "relay/base/result.hpp"
#include "relay/base/task.hpp"

namespace firmware::console {

struct Context;

/// Who may do what: each role may all that the one before may.
enum class Role : std::uint8_t {
  view,   ///< Looks.
  tech,   ///< Commissions and repairs: tests, queue, modem, configuration.
  admin,  ///< Users, keys, what cannot be undone.
};
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> parse_role(std::string_view word);

/// What stands behind a command's words.
struct Parameter {
  enum class Kind : std::uint8_t {
    position,  ///< One word, by its place.
    keyword,   ///< `name VALUE` (or `--name VALUE`), anywhere behind the positions.
    flag,      ///< `name` (or `--name`) alone.
    rest,      ///< Everything that is left, as it stands.
  };
  Kind kind = Kind::position;
  std::string_view name{};
  std::string_view help{};
  std::string_view choices{};  ///< "a|b|c": the only values, which may be abbreviated. "@providers", "@modems",
                               ///< "@users": names for completion; any word is taken. Empty: any word.
  bool required = false;
  std::int64_t least = 0;  ///< With `most` above it: a whole number within these bounds.
  std::int64_t most = 0;
  bool secret = false;  ///< Masked in the audit log.

  [[nodiscard]] constexpr bool is_number() const { return most > least; }
};

/// The arguments of one invocation, checked against the parameters.
class Arguments {
 public:
  void set(std::string_view name, std::string value) { values_[std::string{name}] = std::move(value); }
  [[nodiscard]] bool has(std::string_view name) const { return values_.find(name) != values_.end(); }
  /// Empty when it was not given.
  [[nodiscard]] std::string text(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() ? std::string{} : found->second;
  }
  [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t otherwise) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// What a command found: for people and, with `--json` or `| json`, for programs.
struct Answer {
  std::string text;  ///< Whole lines, laid out for 80 columns.
  nlohmann::ordered_json data = nlohmann::ordered_json::object();
};

using CommandFunction = relay::Task<relay::Result<Answer>> (*)(Context& context, Arguments arguments);

/// One row of the table that serves the console and the command line: all that is known of a command.
struct Command {
  std::string_view words;  ///< "show queue". No command's words begin another's.
  Role role = Role::view;
  std::string_view help;  ///< One line: what it does. What it does to the box, if anything.
  std::span<const Parameter> parameters{};
  CommandFunction run = nullptr;
};

}  // namespace firmware::console
