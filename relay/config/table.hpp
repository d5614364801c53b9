#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace relay::config {

enum class Type : std::uint8_t {
  boolean,
  integer,
  number,
  duration,  ///< TOML string with a unit: "250ms", "30s", "5m", "4h", "2d". min/max/default in milliseconds.
  bytes,     ///< TOML string or integer: "64KiB", "200MiB", 4096.
  text,
  list,    ///< of strings
  secret,  ///< NAME, NAME_file, NAME_env or NAME_credential (systemd), exactly one of them. Never printed.
};

/// One setting of a module's table: the one place where its name, bounds, default and meaning stand. docs/settings.md
/// is made of it.
struct Setting {
  std::string_view name{};
  Type type = Type::text;
  /// As one would write it in TOML, without quotes ("30s", "a, b", "[]"); empty: none.
  std::string_view default_value{};
  std::string_view text{};  ///< One sentence for the integrator, ends with a full stop.
  /// Bounds, both inclusive: of the value itself, in milliseconds and bytes for those types; of a text or secret its
  /// length in bytes, of a list its entries.
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  bool required = false;
  bool reloadable = false;     ///< Takes effect at SIGHUP; else at the next start.
  std::string_view choices{};  ///< "a|b|c": the only values; empty: any.
};

/// The settings of one module.
struct Table {
  std::string_view path{};  ///< "listen", or "providers.*" for one table per provider name.
  std::string_view kind{};  ///< With "providers.*": the value of its `kind` key that selects this table; else empty.
  std::string_view text{};  ///< One paragraph for docs/settings.md.
  std::span<const Setting> settings{};
};

}  // namespace relay::config
