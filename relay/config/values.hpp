#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "relay/base/time.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"
#include "relay/config/tree.hpp"

namespace relay::config {

/// "250ms", "30s", "5m", "4h", "2d": a whole number and a unit, no sign, no space. Empty when it is not that, or
/// overflows.
[[nodiscard]] std::optional<Millis> parse_duration(std::string_view text);
/// With the largest unit that loses nothing: 90000 ms is "90s".
[[nodiscard]] std::string format_duration(Millis duration);

/// "4096", "64KiB", "200MiB", "2GiB" (also B): a whole number of bytes. Empty when it is not that, or overflows.
[[nodiscard]] std::optional<std::int64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::string format_bytes(std::int64_t bytes);

/// "integer", "duration", ...: as docs/settings.md calls it.
[[nodiscard]] std::string_view type_name(Type type);

/// Whether names of this setting are written NAME, NAME_file, NAME_env or NAME_credential.
[[nodiscard]] inline bool is_secret(const Setting& setting) { return setting.type == Type::secret; }

/// Checks one value from a file against its setting: type, bounds, choices. The error is "what is wrong; what to do".
[[nodiscard]] std::expected<Section::Value, std::string> check_value(const Setting& setting, const Node& node);

/// The setting's default as a value; monostate when it has none. An error is a bug in the table (check_tables).
[[nodiscard]] std::expected<Section::Value, std::string> default_of(const Setting& setting);

/// The bounds and choices of a secret's content, once it is read.
[[nodiscard]] std::expected<void, std::string> check_length(const Setting& setting, std::string_view content);

/// A value as TOML: true, 5, "30s", ["a", "b"].
[[nodiscard]] std::string to_toml(const Setting& setting, const Section::Value& value);

/// "1 to 65535", "at most 30s", "one of: a, b"; empty when there is no bound.
[[nodiscard]] std::string bounds_text(const Setting& setting);

}  // namespace relay::config
