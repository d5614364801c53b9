#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "relay/base/result.hpp"
#include "relay/config/section.hpp"
#include "relay/config/table.hpp"

namespace relay::config {

/// Every table that a program knows: one per module, gathered in its composition root. Tables and their settings are
/// constants that live as long as the program.
using Tables = std::span<const Table* const>;

/// Reads an environment variable: the process's own, or a test's.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
[[nodiscard]] Environment process_environment();

/// The settings of one program: read from a TOML file, checked against the tables, defaults filled in. Immutable;
/// SIGHUP loads a new one and compares (changes.hpp). Holds secrets in the clear: print it with print() (render.hpp)
/// only.
class Document {
 public:
  /// One table of the file, or one that the file left out and that stands at its defaults.
  struct Entry {
    std::string path;  ///< As in the file: "listen", "providers.twilio-main".
    const Table* table = nullptr;
    Section section;  ///< With "providers.*" its text("kind") is there too.
    std::map<std::string, std::string, std::less<>>
        origin_of;           ///< Settings that the file gives; the text is "" or a secret's source.
    std::uint32_t line = 0;  ///< 0: not in the file.
  };

  /// All that is wrong comes back in one Error, a line each: "FILE:LINE: [table] key: what is wrong; what to do".
  /// Bounds: a settings file of 1 MiB, a secret of 16 KiB. Relative paths in NAME_file stand for files beside the
  /// settings file.
  [[nodiscard]] static Result<Document> load(const std::string& path, Tables tables,
                                             const Environment& environment = process_environment());
  /// The same for a text that is already in memory; `file` is what messages call it.
  [[nodiscard]] static Result<Document> parse(std::string_view text, const std::string& file, Tables tables,
                                              const Environment& environment);

  /// A table without a star. It is always there, at its defaults when the file has none. Asking for an unknown one is a
  /// bug of ours.
  [[nodiscard]] const Section& section(std::string_view path) const;
  /// Whether the file has this table at all ("uplink", "providers.twilio-main").
  [[nodiscard]] bool given(std::string_view path) const;
  /// All tables under a star, in the order of the file: sections("providers"). Each section knows its name() and its
  /// text("kind").
  [[nodiscard]] std::vector<const Section*> sections(std::string_view prefix) const;

  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// What is not wrong enough to refuse, for the log at start.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  friend class Checker;
  std::vector<Entry> entries_;
  std::vector<std::string> warnings_;
};

/// What is wrong with the tables themselves (a default out of its own range, a name twice, a text without full stop):
/// bugs of ours, for a unit test in each program. Empty when all is well.
[[nodiscard]] std::vector<std::string> check_tables(Tables tables);

}  // namespace relay::config
