#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "firmware/console/command.hpp"

namespace firmware::console {

/// A command as it was asked for.
struct Invocation {
  const Command* command = nullptr;
  Arguments arguments;
  struct Filter {
    enum class Kind : std::uint8_t { include, exclude, json };
    Kind kind = Kind::include;
    std::string text;
  };
  std::vector<Filter> filters;  ///< `| include TEXT`, `| exclude TEXT`, `| json`, in order.
  std::string audited;          ///< The whole command with its words in full and its secrets masked.
};

/// Splits a line into words: blanks separate, "double quotes" hold together (with \" and \\), `|` stands alone. Errors:
/// invalid_argument for a quote without end.
[[nodiscard]] relay::Result<std::vector<std::string>> split_words(std::string_view line);

/// The commands, and all that is said of them: finding them by unambiguous abbreviations, completing and explaining
/// what is half written. Pure.
class CommandTable {
 public:
  /// Names for "@providers" and so on: what the box has now.
  using Names = std::function<std::vector<std::string>(std::string_view kind)>;

  explicit CommandTable(std::vector<Command> commands);

  /// Errors: invalid_argument with what is wrong and what is possible. The role is not looked at.
  [[nodiscard]] relay::Result<Invocation> read(const std::vector<std::string>& words) const;

  struct Completion {
    std::string insertion;                ///< To be put in at the cursor; with a blank when the word is complete.
    std::vector<std::string> candidates;  ///< When there is more than one.
  };
  [[nodiscard]] Completion complete(std::string_view before_cursor, Role role, const Names& names) const;
  /// What may come next at the cursor, a line each.
  [[nodiscard]] std::string explain(std::string_view before_cursor, Role role) const;
  /// "test send NUMBER [via PROVIDER]"
  [[nodiscard]] static std::string usage(const Command& command);
  /// Every command of the role, one line each; those whose words begin with `about` if it is given.
  [[nodiscard]] std::string overview(Role role, std::string_view about = {}) const;

  [[nodiscard]] const std::vector<Command>& commands() const { return commands_; }

 private:
  struct Found {
    std::vector<const Command*> commands;  ///< One, when `complete`.
    std::size_t words = 0;                 ///< So many of the words were used.
    bool complete = false;
  };
  [[nodiscard]] relay::Result<Found> find(const std::vector<std::string>& words) const;

  std::vector<Command> commands_;  ///< Sorted by words.
};

}  // namespace firmware::console
