#include "relay/config/render.hpp"

#include "relay/base/concat.hpp"
#include "relay/config/values.hpp"

namespace relay::config {
namespace {

std::string header_of(const Table& table) {
  if (!table.path.ends_with(".*")) return std::string{table.path};
  return concat(table.path.substr(0, table.path.size() - 1), "NAME");
}

/// A cell of a Markdown table must not hold a bar.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string default_as_toml(const Setting& setting) {
  const auto value = default_of(setting);
  return value ? to_toml(setting, *value) : std::string{};
}

std::string docs_row(const Setting& setting) {
  const std::string fallback = default_as_toml(setting);
  const std::string shown = setting.required ? "**required**" : fallback.empty() ? "none" : concat("`", fallback, "`");
  const std::string bounds = bounds_text(setting);
  return concat("| `", setting.name, "` | ", type_name(setting.type), " | ", cell(shown), " | ",
                bounds.empty() ? "any" : cell(bounds), " | ", setting.reloadable ? "at SIGHUP" : "at start", " | ",
                cell(setting.text), " |\n");
}

constexpr std::string_view docs_head = R"(# Settings

One TOML file, `SETTINGS_FILE` unless `--config` names another. Each module has one table. An unknown table or name, a
wrong type, a value out of its bounds or a missing required setting stops the start with file, line, reason and remedy, all at once;
`--check-config` does only that. `--print-config` shows what is in effect, secrets masked. At `SIGHUP` the file is read again: settings
marked "at SIGHUP" take effect, others at the next start, and a file with an error changes nothing.

- **duration**: a string with a whole number and a unit: `"250ms"`, `"30s"`, `"5m"`, `"4h"`, `"2d"`.
- **size**: a whole number of bytes, or a string with a unit of 1024: `"64KiB"`, `"200MiB"`, `"2GiB"`.
- **secret**: exactly one of `NAME` (in the file itself), `NAME_file` (a path; relative ones start beside the settings file; refused when every
  user may read or write the file), `NAME_env` (an environment variable) or `NAME_credential` (a name from the unit's `LoadCredential=`). One
  newline at the end is cut.

This page is generated from the tables in the code; do not edit it.
)";

std::string entry_as_toml(const Document::Entry& entry) {
  std::string out = concat("[", entry.path, "]\n");
  if (!entry.table->kind.empty()) out += concat("kind = \"", entry.table->kind, "\"\n");
  for (const Setting& setting : entry.table->settings) {
    const Section::Value value = entry.section.value(setting.name);
    const std::string shown = to_toml(setting, value);
    if (shown.empty()) {
      out += concat("# ", setting.name, " is not set\n");
      continue;
    }
    out += concat(setting.name, " = ", shown);
    const auto origin = entry.origin_of.find(setting.name);
    if (origin == entry.origin_of.end()) {
      out += "  # default";
    } else if (!origin->second.empty()) {
      out += concat("  # from ", origin->second);
    }
    out += '\n';
  }
  return out;
}

std::string sample_setting(const Setting& setting) {
  std::string note = concat("# ", setting.text, " (", type_name(setting.type));
  if (const std::string bounds = bounds_text(setting); !bounds.empty()) note += concat(", ", bounds);
  if (setting.required) note += ", required";
  const std::string fallback = default_as_toml(setting);
  const std::string name = is_secret(setting) ? concat(setting.name, "_file") : std::string{setting.name};
  return concat(note, ")\n#", name, " = ", fallback.empty() ? "\"\"" : fallback, "\n");
}

}  // namespace

std::string print(const Document& document) {
  std::string out;
  for (const auto& entry : document.entries()) out += (out.empty() ? "" : "\n") + entry_as_toml(entry);
  return out;
}

std::string generate_docs(Tables tables, std::string_view settings_file) {
  std::string out{docs_head};
  constexpr std::string_view place = "SETTINGS_FILE";
  out.replace(out.find(place), place.size(), settings_file);
  for (const Table* table : tables) {
    out += concat("\n## `[", header_of(*table), "]`");
    if (!table->kind.empty()) out += concat(" with `kind = \"", table->kind, "\"`");
    out += concat(
        "\n\n", table->text,
        "\n\n| name | type | default | bounds | takes effect | meaning |\n| --- | --- | --- | --- | --- | --- |\n");
    for (const Setting& setting : table->settings) out += docs_row(setting);
  }
  return out;
}

std::string generate_sample(Tables tables) {
  std::string out =
      "# Settings of Edge Relay. Every value shown is the default; docs/settings.md explains the forms of a secret.\n";
  for (const Table* table : tables) {
    out += concat("\n# ", table->text, "\n#[", header_of(*table), "]\n");
    if (!table->kind.empty()) out += concat("#kind = \"", table->kind, "\"\n");
    for (const Setting& setting : table->settings) out += sample_setting(setting);
  }
  return out;
}

}  // namespace relay::config
