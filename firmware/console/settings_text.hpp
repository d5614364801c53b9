#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"

namespace firmware::console {

/// A settings file as text: changed line by line, so that comments and order stay as somebody wrote them. All of it
/// pure. What the text means is edge-relayd's business (--check-config); here a table is a line "[name]" and a setting
/// a line "name = value" below it.

/// What a person writes for a value, as TOML: true, 42 and what has quotation marks stay; [a, b] becomes ["a", "b"];
/// all else becomes a string.
[[nodiscard]] std::string toml_value(std::string_view written);

/// Gives `path` ("listen.address", "providers.twilio-main.from") a value: in its place, else at the end of its table,
/// else in a new table at the end. Errors: invalid_argument for a path without a dot, a text that is not TOML, a value
/// that is none, a value of several lines that stands there already, or a file so written that changing this line
/// would not change this setting, or others as well.
[[nodiscard]] relay::Result<std::string> with_setting(const std::string& text, std::string_view path,
                                                      std::string_view value);
/// Takes a setting out. Errors: not_found; invalid_argument as above.
[[nodiscard]] relay::Result<std::string> without_setting(const std::string& text, std::string_view path);

/// Secrets (auth_token, secret_access_key, sim_pin, ...) as "********".
[[nodiscard]] std::string with_secrets_masked(const std::string& text);
/// The other way: what is "********" in `text` gets the value that `from` has for it. Errors: not_found when it has
/// none.
[[nodiscard]] relay::Result<std::string> with_secrets_from(const std::string& text, const std::string& from);

/// The files that hold secrets, as NAME_file of the settings name them: relative ones are beside the settings file.
/// Errors: invalid_argument (it is not TOML).
[[nodiscard]] relay::Result<std::vector<std::string>> secret_files_in(const std::string& text,
                                                                      const std::string& settings_file);

/// What differs, line by line: "- old", "+ new", with the table before it. Empty: nothing does. Secrets are masked.
[[nodiscard]] std::string difference(const std::string& before, const std::string& after);

}  // namespace firmware::console
